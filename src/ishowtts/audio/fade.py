"""Equal-power fades: two unrelated sounds keep their common level while one takes over from the other."""

from __future__ import annotations

import numpy as np


def fade_in(samples: int) -> np.ndarray:
    """(samples,) float32 gains rising from near 0 to near 1 as a sine; `fade_in(n)[::-1]` is the matching fade-out."""
    phase = (np.arange(samples, dtype=np.float64) + 0.5) / max(1, samples)
    return np.asarray(np.sin(0.5 * np.pi * phase), dtype=np.float32)


def cross_fade(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Mix two stretches of the same length, from all `left` to all `right`."""
    gain = fade_in(left.size)
    return np.asarray(left * gain[::-1] + right * gain, dtype=np.float32)
