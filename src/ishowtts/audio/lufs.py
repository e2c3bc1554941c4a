"""Loudness after ITU-R BS.1770 and true peak of a whole clip, and a gain that brings a clip to a loudness.

For clips of seconds. pyloudnorm brings SciPy, a second of import: only what runs in a process of its own measures so.
"""

from __future__ import annotations

import math
import warnings

import numpy as np

from ishowtts.audio.resample import resample

TARGET_LUFS = -23.0
"""EBU R 128's: speech at it peaks 10 to 18 dB higher, so that the limit below hardly ever holds a clip back."""
PEAK_DBTP = -1.0
OVERSAMPLING = 4
BLOCK_SECONDS = 0.4
"""A shorter clip has no loudness."""


def loudness(pcm: np.ndarray, sample_rate: int) -> float:
    """(samples,) → integrated LUFS; -inf for silence and for what is shorter than a block of 0.4 s."""
    if pcm.size < math.ceil(BLOCK_SECONDS * sample_rate) or not np.any(pcm):
        return -math.inf
    import pyloudnorm

    with warnings.catch_warnings():  # all blocks under the gate: it takes the mean of none
        warnings.simplefilter("ignore")
        return float(pyloudnorm.Meter(sample_rate).integrated_loudness(pcm.astype(np.float64)))


def true_peak(pcm: np.ndarray, sample_rate: int) -> float:
    """(samples,) → dBTP: the peak between the samples too; -inf for silence."""
    peak = float(np.max(np.abs(resample(pcm, sample_rate, OVERSAMPLING * sample_rate)), initial=0.0))
    peak = max(peak, float(np.max(np.abs(pcm), initial=0.0)))
    return 20 * math.log10(peak) if peak > 0 else -math.inf


def level(pcm: np.ndarray, sample_rate: int, target: float = TARGET_LUFS, ceiling: float = PEAK_DBTP) -> np.ndarray:
    """Scale (samples,) to `target` LUFS, or as near as its true peak may go: a plain gain, silence stays."""
    now = loudness(pcm, sample_rate)
    if not math.isfinite(now):
        return pcm
    gain = min(target - now, ceiling - true_peak(pcm, sample_rate))
    return np.asarray(pcm * np.float32(10 ** (gain / 20)), dtype=np.float32)
