from __future__ import annotations

import numpy as np
import pytest

from ishowtts.audio.flaws import flaw, without_leak

RATE = 24_000


def voice(seconds: float, level: float = 0.3, seed: int = 0) -> np.ndarray:
    """Something like speech: noise that swells and falls four times a second."""
    t = np.arange(round(seconds * RATE)) / RATE
    noise = np.random.default_rng(seed).normal(size=t.size)
    return (level * noise * (0.55 + 0.45 * np.sin(2 * np.pi * 4 * t)) / 3).astype(np.float32)


def silence(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * RATE), dtype=np.float32)


@pytest.mark.parametrize("planned", [None, 0.2, 1.0, 2.0])
def test_speech_has_no_flaw(planned: float | None) -> None:
    assert flaw(voice(1.0), RATE, planned) is None


@pytest.mark.parametrize("pitch", [80, 200, 599])
def test_a_tone_is_not_clipped(pitch: int) -> None:
    tone = 0.3 * np.sin(2 * np.pi * pitch * np.arange(RATE) / RATE)
    assert flaw(tone.astype(np.float32), RATE) is None


def test_what_is_wrong_is_named() -> None:
    broken = voice(1.0)
    broken[500] = np.nan
    loud = np.clip(20 * voice(1.0), -1, 1)
    assert flaw(np.zeros(0, np.float32), RATE) == "empty"
    assert flaw(broken, RATE) == "not_finite"
    assert flaw(silence(1.0), RATE) == "silent"
    assert flaw(1e-4 * voice(1.0), RATE) == "silent"
    assert flaw(loud, RATE) == "clipped"
    assert flaw(np.concatenate([voice(0.5), silence(2.0)]), RATE, 2.4) == "too_short"
    assert flaw(voice(5.0), RATE, 1.0) == "too_long"


def test_a_leak_is_made_silent_and_nothing_else_changes() -> None:
    speech = voice(1.5)
    leaky = np.concatenate([voice(0.12), silence(0.2), speech])
    mended = without_leak(leaky, RATE, 1.4)
    start = round(0.32 * RATE)
    assert not mended[: start - 240].any()
    np.testing.assert_array_equal(mended[start:], speech)
    assert leaky[:100].any(), "the sound that was given is left as it is"


@pytest.mark.parametrize(
    ("pcm", "clause"),
    [
        (np.concatenate([voice(0.12), silence(0.2), voice(1.5)]), 0.4),  # "No, thanks": the first word
        (np.concatenate([silence(0.1), voice(0.12), silence(0.2), voice(1.5)]), 1.4),  # not at once
        (np.concatenate([voice(0.5), silence(0.2), voice(1.5)]), 1.4),  # a word
        (np.concatenate([voice(0.12), silence(0.05), voice(1.5)]), 1.4),  # the closure of a consonant
        (voice(1.5), 1.4),
        (silence(1.0), 1.4),
        (np.concatenate([voice(0.12), silence(1.0)]), 1.4),
        (np.zeros(0, np.float32), 1.4),
    ],
)
def test_what_may_be_speech_is_left(pcm: np.ndarray, clause: float) -> None:
    assert without_leak(pcm, RATE, clause) is pcm
