from __future__ import annotations

import numpy as np
import pytest

from ishowtts.bench.word_times import Errors, first_onset, heard_words, inner_onsets
from ishowtts.text.timing import WordTime

RATE = 8_000
TEXT = "Hi there, you."
TIMES = (WordTime(0, 2, 0.22, 0.3), WordTime(3, 8, 0.3, 0.5), WordTime(10, 13, 0.79, 1.0))


def tones(*parts: tuple[float, float]) -> np.ndarray:
    """Silence and tone by turns, in seconds."""
    out = [
        part
        for silent, loud in parts
        for part in (np.zeros(round(silent * RATE)), np.sin(np.arange(round(loud * RATE)) * 0.5))
    ]
    return np.concatenate(out).astype(np.float32)


def test_words_are_compared_with_the_sounds_own_onsets() -> None:
    pcm = tones((0.2, 0.3), (0.3, 0.2))
    assert first_onset(pcm, RATE, TIMES) == [pytest.approx(0.02)]
    assert inner_onsets(pcm, RATE, TEXT, TIMES) == [pytest.approx(-0.01)]
    assert inner_onsets(tones((0.2, 0.8)), RATE, TEXT, TIMES) == []
    assert first_onset(np.zeros(RATE, np.float32), RATE, TIMES) == first_onset(pcm, RATE, ()) == []


def test_words_heard_otherwise_are_left_out() -> None:
    heard = [("Hi", 0.2), ("their", 0.3), ("You", 0.7)]
    assert heard_words(TEXT, TIMES, heard) == [pytest.approx(0.02), pytest.approx(0.09)]


def test_errors_are_told_with_and_without_their_bias() -> None:
    errors = Errors((0.09, 0.1, 0.11))
    assert errors.bias == pytest.approx(0.1)
    assert errors.spread(0.5) == pytest.approx(0.1)
    assert errors.spread(1.0, without_bias=True) == pytest.approx(0.01)
    assert "3 words, median 100 ms" in errors.line("x")
    assert Errors(()).line("x") == "x: nothing to compare"
