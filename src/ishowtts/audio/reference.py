"""What a clip must have to be cloned: asked when the voices are read, and by the engine when it loads one."""

from __future__ import annotations

import numpy as np

from ishowtts.audio.decode import decode, read, to_mono
from ishowtts.errors import UnusableReference

MAX_SECONDS = 30.0  # F5-TTS saw no more than 30 s of prompt and speech together
MIN_SECONDS = 0.5
_SILENT_RMS = 1e-4


def decode_reference(data: bytes, sample_rate: int) -> np.ndarray:
    """A clip's file → (samples,) float32 mono. Raises `UnusableReference`."""
    wav = decode(data, sample_rate, MAX_SECONDS)
    _check(wav, sample_rate)
    return wav


def check_reference(data: bytes) -> None:
    """Raises `UnusableReference` where `decode_reference` would, without the work of a new sample rate."""
    samples, rate = read(data, MAX_SECONDS)
    _check(to_mono(samples, rate, rate), rate)


def _check(wav: np.ndarray, sample_rate: int) -> None:
    if len(wav) < MIN_SECONDS * sample_rate:
        raise UnusableReference(f"The audio is shorter than {MIN_SECONDS} s.")
    if float(np.sqrt(np.mean(wav**2))) < _SILENT_RMS:
        raise UnusableReference("The audio is silent.")
