from __future__ import annotations

import numpy as np
import pytest

from ishowtts.audio.activity import speech_frames
from ishowtts.audio.silence import LONGEST_PAUSE, long_pauses, shorten

RATE = 24_000


def silence(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * RATE), np.float32)


def tone(seconds: float) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * 200 * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def test_long_pauses_shrink_inside_and_at_the_edges() -> None:
    out = shorten(np.concatenate([silence(1), tone(0.5), silence(2), tone(0.5), silence(3)]), RATE)
    assert len(out) / RATE == pytest.approx(1.0 + 3 * LONGEST_PAUSE, abs=0.03)
    assert speech_frames(out, RATE).sum() == pytest.approx(100, abs=3)


def test_short_pauses_stay() -> None:
    pcm = np.concatenate([tone(0.5), silence(0.2), tone(0.5)])
    assert np.array_equal(shorten(pcm, RATE), pcm)


def test_silence_and_nothing_are_left_alone() -> None:
    assert len(shorten(silence(2), RATE)) == 2 * RATE
    assert shorten(silence(0), RATE).size == 0


def test_the_cut_does_not_click() -> None:
    hum = 0.002 * np.sin(2 * np.pi * 50 * np.arange(3 * RATE) / RATE).astype(np.float32)
    hum[: RATE // 2] += tone(0.5)
    hum[-RATE // 2 :] += tone(0.5)
    out = shorten(hum, RATE)
    assert len(out) < len(hum)
    pause = out[RATE // 2 + 600 : RATE // 2 + 5000]
    assert np.abs(np.diff(pause)).max() < 1e-4


def test_what_is_cut_is_told() -> None:
    pcm = np.concatenate([silence(1), tone(0.5), silence(2), tone(0.5), silence(0.2)])
    cuts = long_pauses(pcm, RATE)
    assert len(cuts) == 2
    assert all(not np.any(pcm[a:b]) for a, b in cuts)
    assert len(shorten(pcm, RATE)) == len(pcm) - sum(b - a for a, b in cuts)
    assert long_pauses(silence(2), RATE) == long_pauses(tone(2), RATE) == long_pauses(silence(0), RATE) == []
