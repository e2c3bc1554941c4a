"""Change of sample rate by the spectrum: exact up to the lower Nyquist frequency, no filter to tune.

Meant for clips of seconds (references), where one FFT over all of it is cheap.
"""

from __future__ import annotations

from math import gcd

import numpy as np

_PAD_SECONDS = 0.05  # silence around the clip keeps its end from ringing into its start


def resample(pcm: np.ndarray, source_rate: int, target_rate: int) -> np.ndarray:
    """(samples,) at `source_rate` → (round(samples * target / source),) float32 at `target_rate`."""
    if source_rate == target_rate or not pcm.size:
        return pcm.astype(np.float32, copy=False)
    common = gcd(source_rate, target_rate)
    up, down = target_rate // common, source_rate // common
    # Lengths in whole multiples of the ratio, so that no sample shifts by a fraction.
    before = -(-round(_PAD_SECONDS * source_rate) // down) * down
    total = -(-(pcm.size + 2 * before) // down) * down
    padded = np.zeros(total)
    padded[before : before + pcm.size] = pcm
    length = total // down * up
    spectrum = np.fft.rfft(padded)
    bins = length // 2 + 1
    spectrum = spectrum[:bins] if bins <= spectrum.size else np.pad(spectrum, (0, bins - spectrum.size))
    start = before // down * up
    wanted = round(pcm.size * target_rate / source_rate)
    return (np.fft.irfft(spectrum, length) * (up / down))[start : start + wanted].astype(np.float32)
