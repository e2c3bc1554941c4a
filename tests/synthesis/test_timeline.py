from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts.audio.join import Joiner, Placed
from ishowtts.audio.silence import long_pauses, without
from ishowtts.synthesis.timeline import in_speech
from ishowtts.text.timing import WordTime

RATE = 8_000
BURSTS = st.lists(st.tuples(st.floats(0.15, 1.5), st.floats(0.1, 0.4)), min_size=1, max_size=4)


def segment(bursts: list[tuple[float, float]]) -> tuple[np.ndarray, list[WordTime]]:
    """Pauses and tones by turns, and when each tone sounds."""
    parts, times, clock = [], [], 0
    for pause, tone in bursts:
        silent, loud = round(pause * RATE), round(tone * RATE)
        parts += [np.zeros(silent), 0.5 * np.sin(2 * np.pi * 500 * np.arange(loud) / RATE)]
        times.append(WordTime(len(times), len(times) + 1, (clock + silent) / RATE, (clock + silent + loud) / RATE))
        clock += silent + loud
    return np.concatenate([*parts, np.zeros(RATE)]).astype(np.float32), times


@settings(deadline=None, max_examples=60)
@given(st.lists(BURSTS, min_size=1, max_size=3), st.sampled_from([0.0, 0.015, 0.1]), st.booleans(), st.booleans())
def test_a_word_is_heard_when_it_is_said_to_be(
    speech: list[list[tuple[float, float]]], fade: float, shorter: bool, trimmed: bool
) -> None:
    joiner = Joiner(RATE, fade, trim_silence=trimmed)
    parts: list[np.ndarray] = []
    said: list[WordTime] = []
    for bursts in speech:
        pcm, times = segment(bursts)
        cuts = long_pauses(pcm, RATE) if shorter else []
        parts.append(joiner.push(without(pcm, cuts, RATE)))
        said += in_speech(times, cuts, joiner.placed, RATE, said[-1].t1 if said else 0.0)
    whole = np.concatenate([*parts, joiner.flush()])
    clock = 0.0
    near = round(0.012 * RATE)  # a seam is 10 ms
    for _, _, t0, t1 in said:
        assert clock <= t0 <= t1 <= len(whole) / RATE
        clock = t1
        first, last = round(t0 * RATE), round(t1 * RATE)
        assert np.abs(whole[max(0, first - 3 * near) : max(0, first - near)]).max(initial=0) < 0.01
        assert np.abs(whole[first + near : last - near]).max() > 0.4
        assert np.abs(whole[last + near : last + 2 * near]).max(initial=0) < 0.01
    assert joiner.placed.end == len(whole)


def test_what_was_cut_off_is_at_the_edge() -> None:
    times = [WordTime(0, 1, 0.0, 0.2), WordTime(2, 3, 0.2, 0.6), WordTime(4, 5, 0.6, 1.5)]
    moved = in_speech(times, [(800, 2400)], Placed(-400, 0, 3000), RATE)
    assert [(t0, t1) for _, _, t0, t1 in moved] == [
        (0.0, pytest.approx(0.05)),  # sample 1600 is within the cut, which is at 800 - 400
        (pytest.approx(0.05), pytest.approx(0.35)),
        (pytest.approx(0.35), pytest.approx(0.375)),
    ]
