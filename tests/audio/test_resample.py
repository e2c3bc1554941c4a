from __future__ import annotations

import numpy as np
import pytest

from ishowtts.audio.resample import resample


def sine(rate: int, seconds: float, hertz: float) -> np.ndarray:
    return np.sin(2 * np.pi * hertz * np.arange(round(rate * seconds)) / rate).astype(np.float32)


@pytest.mark.parametrize("rate", [8000, 16_000, 22_050, 44_100, 48_000, 96_000])
def test_a_tone_keeps_its_pitch_phase_and_level(rate: int) -> None:
    out = resample(sine(rate, 1.0, 440), rate, 24_000)
    assert len(out) == 24_000
    middle = slice(2400, -2400)  # the tone's sudden ends ring in any band-limited form of it
    assert np.abs(out - sine(24_000, 1.0, 440))[middle].max() < 2e-3


def test_what_the_new_rate_cannot_hold_is_gone_and_not_folded() -> None:
    out = resample(sine(48_000, 1.0, 18_000), 48_000, 24_000)
    assert np.abs(out[2400:-2400]).max() < 1e-3


def test_same_rate_and_nothing() -> None:
    pcm = sine(24_000, 0.1, 100)
    assert np.array_equal(resample(pcm, 24_000, 24_000), pcm)
    assert resample(pcm[:0], 48_000, 24_000).size == 0


@pytest.mark.parametrize("samples", [1, 7, 1000, 44_101])
def test_odd_lengths_round_to_the_nearest_sample(samples: int) -> None:
    assert len(resample(np.ones(samples, np.float32), 44_100, 24_000)) == round(samples * 24_000 / 44_100)
