"""Loudness after ITU-R BS.1770 and true peak of a clip, and a gain that brings a clip to a loudness.

Mono, of seconds: the K filter is applied to the spectrum of all of it, which needs no SciPy in the server.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from ishowtts.audio.resample import resample

TARGET_LUFS = -23.0
"""EBU R 128's: speech at it peaks 10 to 18 dB higher, so that the limit below hardly ever holds a clip back."""
PEAK_DBTP = -1.0
OVERSAMPLING = 4
BLOCK_SECONDS, STEP_SECONDS = 0.4, 0.1
OFFSET_LU = -0.691
"""BS.1770: what 997 Hz at full scale is to read."""
_ABSOLUTE_GATE = 10 ** ((-70 - OFFSET_LU) / 10)
_RELATIVE_GATE = 0.1  # 10 LU below the mean of what passed the other
_TAIL_SECONDS = 0.1  # the filter's own, kept from wrapping round


def k_power(pcm: np.ndarray, sample_rate: int) -> float:
    """(samples,) → mean square behind the K filter, over the blocks that are loud enough to count; 0 for silence.

    What is shorter than a block is one.
    """
    if not pcm.size:
        return 0.0
    size = 1 << (pcm.size + round(_TAIL_SECONDS * sample_rate)).bit_length()
    heard = np.fft.irfft(np.fft.rfft(pcm, size) * _response(size, sample_rate), size)[: pcm.size]
    total = np.concatenate([[0.0], np.cumsum(np.square(heard))])
    block = min(pcm.size, round(BLOCK_SECONDS * sample_rate))
    starts = np.arange(0, pcm.size - block + 1, max(1, round(STEP_SECONDS * sample_rate)))
    power = (total[starts + block] - total[starts]) / block
    power = power[power > _ABSOLUTE_GATE]
    return float(power[power > _RELATIVE_GATE * power.mean()].mean()) if power.size else 0.0


def loudness(pcm: np.ndarray, sample_rate: int) -> float:
    """(samples,) → integrated LUFS; -inf for silence."""
    power = k_power(pcm, sample_rate)
    return OFFSET_LU + 10 * math.log10(power) if power > 0 else -math.inf


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


@lru_cache(maxsize=8)
def _response(size: int, sample_rate: int) -> np.ndarray:
    """(size // 2 + 1,) complex: the head's shelf, then the high pass, as two biquads at this rate."""
    z = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)

    k, q, high = math.tan(math.pi * 1681.974450955533 / sample_rate), 0.7071752369554196, 10 ** (3.999843853973347 / 20)
    band = high**0.4996667741545416
    shelf = (high + band * k / q + k * k) + 2 * (k * k - high) * z + (high - band * k / q + k * k) * z**2
    shelf /= (1 + k / q + k * k) + 2 * (k * k - 1) * z + (1 - k / q + k * k) * z**2

    k, q = math.tan(math.pi * 38.13547087602444 / sample_rate), 0.5003270373238773
    a0 = 1 + k / q + k * k
    high_pass = (1 - z) ** 2 / (1 + 2 * (k * k - 1) / a0 * z + (1 - k / q + k * k) / a0 * z**2)
    return np.asarray(shelf * high_pass)
