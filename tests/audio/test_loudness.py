from __future__ import annotations

import numpy as np
import pytest

from ishowtts.audio.loudness import MAX_GAIN, MAX_HELD, PEAK_LIMIT, normalise
from ishowtts.audio.lufs import loudness, true_peak
from tests.voices.clips import BUILT_IN, speech


def tone(seconds: float, amplitude: float) -> np.ndarray:
    return (amplitude * np.sin(2 * np.pi * 220 * np.arange(round(24_000 * seconds)) / 24_000)).astype(np.float32)


@pytest.mark.parametrize("amplitude", [0.03, 0.1, 0.9])
def test_speech_reaches_the_target_from_above_and_below(amplitude: float) -> None:
    assert loudness(normalise(tone(1, amplitude), 0.1), 24_000) == pytest.approx(-20.69, abs=0.01)


@pytest.mark.parametrize("voice", BUILT_IN)
@pytest.mark.parametrize("gain", [0.2, 1.0])
def test_every_voice_is_as_loud_and_none_peaks_higher(voice: str, gain: float) -> None:
    out = normalise(gain * speech(voice), 0.1)
    assert loudness(out, 24_000) == pytest.approx(-20.69, abs=0.3)
    assert true_peak(out, 24_000) <= -1.0


def test_pauses_do_not_count_as_level() -> None:
    broken = np.concatenate([tone(1, 0.2), np.zeros(48_000, np.float32), tone(1, 0.2)])
    assert np.max(normalise(broken, 0.1)) == pytest.approx(np.max(normalise(tone(2, 0.2), 0.1)), rel=0.1)


def test_a_high_peak_is_held_and_the_speech_is_as_loud() -> None:
    spiky = tone(1, 0.05)
    spiky[12_000] = 0.5
    out = normalise(spiky, 0.1)
    assert np.max(np.abs(out)) == pytest.approx(PEAK_LIMIT, rel=1e-3)
    assert loudness(out, 24_000) == pytest.approx(-20.69, abs=0.1)


def test_a_peak_out_of_all_proportion_keeps_the_rest_quiet() -> None:
    spiky = tone(1, 0.05)
    spiky[12_000] = 0.8
    out = normalise(spiky, 0.5)
    assert np.max(np.abs(out)) == pytest.approx(PEAK_LIMIT, rel=1e-3)
    assert np.max(out[:11_000]) == pytest.approx(0.05 / 0.8 * MAX_HELD * PEAK_LIMIT, rel=1e-2)


def test_gain_is_limited_so_that_noise_is_not_raised_to_speech() -> None:
    faint = tone(1, 0.005)
    assert np.max(normalise(faint, 0.1)) == pytest.approx(np.max(faint) * MAX_GAIN, rel=1e-4)


def test_zero_target_and_silence_are_left_alone() -> None:
    assert normalise(tone(0.1, 0.3), 0.0) == pytest.approx(tone(0.1, 0.3))
    assert not normalise(np.zeros(2400, np.float32), 0.1).any()
    assert normalise(np.zeros(0, np.float32), 0.1).size == 0
