from __future__ import annotations

import numpy as np
import pytest

from ishowtts.audio.loudness import MAX_GAIN, PEAK_LIMIT, normalise, speech_rms


def tone(seconds: float, amplitude: float) -> np.ndarray:
    return (amplitude * np.sin(2 * np.pi * 220 * np.arange(round(24_000 * seconds)) / 24_000)).astype(np.float32)


@pytest.mark.parametrize("amplitude", [0.03, 0.1, 0.9])
def test_speech_reaches_the_target_from_above_and_below(amplitude: float) -> None:
    assert speech_rms(normalise(tone(1, amplitude), 0.1)) == pytest.approx(0.1, rel=1e-3)


def test_pauses_do_not_count_as_level() -> None:
    broken = np.concatenate([tone(1, 0.2), np.zeros(48_000, np.float32), tone(1, 0.2)])
    assert speech_rms(broken) == pytest.approx(speech_rms(tone(2, 0.2)), rel=1e-2)


def test_the_peak_stays_below_one_decibel_under_full_scale() -> None:
    spiky = tone(1, 0.05)
    spiky[12_000] = 0.8
    out = normalise(spiky, 0.5)
    assert np.max(np.abs(out)) == pytest.approx(PEAK_LIMIT, rel=1e-5)


def test_gain_is_limited_so_that_noise_is_not_raised_to_speech() -> None:
    faint = tone(1, 0.005)
    assert np.max(normalise(faint, 0.1)) == pytest.approx(np.max(faint) * MAX_GAIN, rel=1e-4)


def test_zero_target_and_silence_are_left_alone() -> None:
    assert normalise(tone(0.1, 0.3), 0.0) == pytest.approx(tone(0.1, 0.3))
    assert not normalise(np.zeros(2400, np.float32), 0.1).any()
    assert normalise(np.zeros(0, np.float32), 0.1).size == 0
