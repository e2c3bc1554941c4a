from __future__ import annotations

import math

import numpy as np
import pyloudnorm
import pytest

from ishowtts.audio.lufs import PEAK_DBTP, TARGET_LUFS, level, loudness, true_peak
from ishowtts.audio.resample import resample
from tests.voices.clips import BUILT_IN, RATE, speech


def sine(hertz: float, amplitude: float, seconds: float = 2.0) -> np.ndarray:
    return (amplitude * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def test_the_standards_own_tone() -> None:
    """BS.1770: 997 Hz at full scale in one channel reads -3.01 LKFS."""
    assert loudness(sine(997, 1.0), RATE) == pytest.approx(-3.01, abs=0.1)


@pytest.mark.parametrize("rate", [16_000, 24_000, 48_000])
@pytest.mark.parametrize("voice", BUILT_IN)
def test_another_meter_reads_the_same(voice: str, rate: int) -> None:
    pcm = resample(np.concatenate([speech(voice), np.zeros(2 * RATE), 0.1 * speech(voice)]), RATE, rate)
    assert loudness(pcm, rate) == pytest.approx(pyloudnorm.Meter(rate).integrated_loudness(pcm), abs=0.2)


def test_what_is_shorter_than_a_block_is_one() -> None:
    assert loudness(sine(997, 1.0, 0.3), RATE) == pytest.approx(-3.01, abs=0.2)


def test_silence_has_none() -> None:
    assert loudness(np.zeros(RATE, np.float32), RATE) == -math.inf
    assert loudness(np.zeros(0, np.float32), RATE) == -math.inf
    assert true_peak(np.zeros(100, np.float32), RATE) == -math.inf
    assert not level(np.zeros(RATE, np.float32), RATE).any()


def test_a_peak_between_the_samples_is_seen() -> None:
    """A quarter of the rate, at 45 degrees: every sample is 3 dB below the wave's own peak."""
    wave = np.sin(np.pi / 4 + np.pi / 2 * np.arange(RATE)).astype(np.float32)
    assert np.abs(wave).max() == pytest.approx(math.sqrt(0.5), abs=1e-3)
    assert true_peak(wave, RATE) == pytest.approx(0, abs=0.3)


@pytest.mark.parametrize("voice", BUILT_IN)
@pytest.mark.parametrize("gain", [0.02, 1.0])
def test_every_voice_comes_to_one_loudness_within_the_peak(voice: str, gain: float) -> None:
    out = level(gain * speech(voice), RATE)
    assert loudness(out, RATE) == pytest.approx(TARGET_LUFS, abs=0.1)
    assert true_peak(out, RATE) <= PEAK_DBTP + 0.01


def test_a_clip_of_high_peaks_stays_below_the_limit_and_is_not_bent() -> None:
    spiky = speech()
    spiky[RATE] = 1.0
    spiky = resample(0.02 * spiky, RATE, RATE)
    spiky[RATE] = 0.9
    out = level(spiky, RATE)
    assert true_peak(out, RATE) == pytest.approx(PEAK_DBTP, abs=0.05)
    ratio = out[spiky != 0] / spiky[spiky != 0]
    assert ratio.std() < 1e-4
