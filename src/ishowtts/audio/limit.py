"""Peaks held under a ceiling by a gain that moves slowly enough not to be heard."""

from __future__ import annotations

import numpy as np

WINDOW_SECONDS = 0.004


def limit(pcm: np.ndarray, sample_rate: int, ceiling: float) -> np.ndarray:
    """(samples,) with no sample over `ceiling`; what lies further than 4 ms from a peak is untouched."""
    peak = np.abs(pcm)
    if not pcm.size or peak.max() <= ceiling:
        return pcm
    gain = np.minimum(1.0, ceiling / np.maximum(peak, 1e-9))
    # The least gain around each sample, then a mean over as many: at a peak, all that is averaged is low enough.
    half = round(WINDOW_SECONDS / 2 * sample_rate)
    least = _least(np.pad(gain, 2 * half, mode="edge"), 2 * half + 1)
    smooth = _mean(_mean(least, half + 1), half + 1)
    return np.asarray(pcm * smooth, dtype=np.float32)


def _least(values: np.ndarray, width: int) -> np.ndarray:
    """(n,) → (n - width + 1,): the minimum of each run of `width`, by doubling."""
    done = 1
    while 2 * done <= width:
        values, done = np.minimum(values[:-done], values[done:]), 2 * done
    rest = width - done
    return np.minimum(values[:-rest], values[rest:]) if rest else values


def _mean(values: np.ndarray, width: int) -> np.ndarray:
    """(n,) → (n - width + 1,): the mean of each run of `width`."""
    total = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    return np.asarray((total[width:] - total[:-width]) / width)
