"""Float samples to 16-bit little-endian PCM."""

from __future__ import annotations

import numpy as np

BYTES_PER_SAMPLE = 2
FULL_SCALE = 32767


def to_s16le(pcm: np.ndarray) -> bytes:
    """(samples,) float in -1..1 → s16le bytes; louder samples are clipped, never wrapped, and NaN becomes silence."""
    finite = np.nan_to_num(np.asarray(pcm, dtype=np.float32), nan=0.0, posinf=1.0, neginf=-1.0)
    return np.rint(np.clip(finite, -1.0, 1.0) * FULL_SCALE).astype("<i2").tobytes()
