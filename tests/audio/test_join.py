from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from ishowtts.audio.join import LEAD_SECONDS, TAIL_SECONDS, Joiner, trim

RATE = 24_000


def silence(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * RATE), np.float32)


def tone(seconds: float, hertz: float = 200) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def test_edge_silence_is_trimmed_to_the_lead_and_the_tail() -> None:
    out = trim(np.concatenate([silence(0.8), tone(1), silence(1.5)]), RATE)
    assert len(out) / RATE == pytest.approx(LEAD_SECONDS + 1 + TAIL_SECONDS, abs=0.011)
    assert np.abs(out).max() == pytest.approx(0.5, abs=1e-3)


def test_what_is_already_short_and_what_is_silent_stays_whole() -> None:
    assert len(trim(tone(0.5), RATE)) == len(tone(0.5))
    assert len(trim(silence(0.5), RATE)) == len(silence(0.5))
    assert trim(silence(0), RATE).size == 0


@pytest.mark.parametrize("fade", [0.0, 0.015, 0.5])
def test_nothing_is_lost_but_the_overlap(fade: float) -> None:
    parts = [tone(1), tone(0.7, 300), tone(0.9, 250)]
    joiner = Joiner(RATE, fade, trim_silence=False)
    out = np.concatenate([*(joiner.push(p) for p in parts), joiner.flush()])
    assert len(out) == sum(map(len, parts)) - 2 * round(fade * RATE)
    assert np.isfinite(out).all()


def test_samples_leave_before_the_next_segment_is_there() -> None:
    ready = Joiner(RATE, 0.015).push(tone(1))
    assert len(ready) == RATE - round(0.015 * RATE)


def test_seams_and_edges_do_not_click() -> None:
    cut = tone(1)[: RATE - 30]  # ends at a crest
    other = np.roll(tone(1), 30)
    joiner = Joiner(RATE, 0.015, trim_silence=False)
    out = np.concatenate([joiner.push(cut), joiner.push(other), joiner.flush()])
    steepest = np.abs(np.diff(tone(1))).max()
    assert np.abs(np.diff(out)).max() < 2 * steepest
    assert abs(out[0]) < 0.01
    assert abs(out[-1]) < 0.01


def test_level_holds_across_an_equal_power_seam() -> None:
    rng = np.random.default_rng(1)
    left, right = (rng.normal(0, 0.1, RATE).astype(np.float32) for _ in range(2))
    joiner = Joiner(RATE, 0.1, trim_silence=False)
    out = np.concatenate([joiner.push(left), joiner.push(right), joiner.flush()])
    seam = out[RATE - 2400 : RATE]
    assert np.sqrt(np.mean(seam**2)) == pytest.approx(0.1, rel=0.06)


def test_segments_shorter_than_the_fade_are_survived() -> None:
    joiner = Joiner(RATE, 0.5)
    parts = [joiner.push(tone(0.01)), joiner.push(silence(0)), joiner.push(tone(0.02)), joiner.flush()]
    assert 0 < len(np.concatenate(parts)) <= round(0.03 * RATE)


def test_the_callers_array_is_not_changed() -> None:
    segment = tone(0.3)
    before = segment.copy()
    joiner = Joiner(RATE, 0.015, trim_silence=False)
    joiner.push(segment)
    joiner.flush()
    assert np.array_equal(segment, before)


@pytest.mark.parametrize("fade", [0.0, 0.015, 0.5])
def test_a_segment_knows_where_it_lies(fade: float) -> None:
    joiner = Joiner(RATE, fade)
    out, placed = np.zeros(0, np.float32), []
    for _ in range(2):  # a second stream begins at 0 again
        parts = []
        placed = []
        for seconds in (0.5, 0.1, 1.0):
            parts.append(joiner.push(np.concatenate([silence(0.3), tone(seconds), silence(0.4)])))
            placed.append(joiner.placed)
        out = np.concatenate([*parts, joiner.flush()])
    assert placed[0].begin == 0
    assert placed[-1].end == len(out)
    for before, after in pairwise(placed):
        assert 0 <= before.end - after.begin <= round(fade * RATE)
    for place in placed:
        assert place.begin - place.zero == round((0.3 - LEAD_SECONDS) * RATE)
    start = placed[-1].zero + round(0.3 * RATE)
    if fade < LEAD_SECONDS:
        assert np.abs(out[start - 200 : start]).max() < 0.01
        assert np.abs(out[start : start + 200]).max() > 0.4


def test_a_pause_is_as_long_as_it_was_asked_for_and_what_is_behind_it_knows_where_it_lies() -> None:
    joiner = Joiner(RATE, 0.1)
    parts = [joiner.push(tone(0.5), 0.3), joiner.push(tone(0.5), 0.7)]
    placed = joiner.placed
    out = np.concatenate([*parts, joiner.flush(0.2)])
    assert len(out) == round(2.2 * RATE)
    assert (placed.begin, placed.end) == (round(1.5 * RATE), round(2.0 * RATE))
    for start, end in ((0.0, 0.3), (0.8, 1.5), (2.0, 2.2)):
        assert not out[round(start * RATE) : round(end * RATE)].any()
    assert np.abs(np.diff(out)).max() < 0.05, "no click at the edges"
    assert len(joiner.push(tone(0.5))) < round(0.5 * RATE), "a new stream begins without silence"


def test_a_silent_and_an_empty_segment_have_a_place() -> None:
    joiner = Joiner(RATE, 0.015)
    joiner.push(silence(0))
    assert joiner.placed == (0, 0, 0)
    joiner.push(silence(0.5))
    assert joiner.placed == (0, 0, RATE // 2)
