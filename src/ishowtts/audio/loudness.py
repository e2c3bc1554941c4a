"""One loudness for every voice and every segment: a plain gain, and peaks held where it would be too much for them.

Each segment is measured by itself and brought to the same loudness. The level of the model's output drifts from
segment to segment, and that drift is what is to go; a gain taken from the first segment alone would be taken from the
shortest one, and would carry its accidents through the whole text. Loudness is that of BS.1770: plain RMS leaves a
bright and a dark voice 2 LU apart, and its gate keeps a segment with a long pause from being made louder than its
neighbours.
"""

from __future__ import annotations

import numpy as np

from ishowtts.audio.activity import frame_length, frame_rms, speech_frames
from ishowtts.audio.limit import limit
from ishowtts.audio.lufs import k_power

PEAK_LIMIT = 10 ** (-1.5 / 20)
"""Between the samples a wave is up to half a decibel higher: together -1 dBTP, room for lossy coding."""
MAX_HELD = 10 ** (6 / 20)
"""A peak is held down by up to 6 dB; where that is not enough, the segment stays quieter."""
MAX_GAIN = 10 ** (18 / 20)
"""+18 dB: a near-silent clip is a failure that amplified noise would only hide."""

_MEASURED_AT = 24_000  # frames of 10 ms need not be exact for a level


def speech_rms(pcm: np.ndarray) -> float:
    """RMS of the spoken parts of (samples,); 0 for a silent clip."""
    level = frame_rms(pcm, frame_length(_MEASURED_AT))
    spoken = level[speech_frames(pcm, _MEASURED_AT)]
    return float(np.sqrt(np.mean(np.square(spoken)))) if spoken.size else 0.0


def normalise(pcm: np.ndarray, target_rms: float, sample_rate: int = _MEASURED_AT) -> np.ndarray:
    """Scale (samples,) so that speech has `target_rms` behind the K filter of BS.1770 (0 = leave it).

    0.1 is -20.7 LUFS. No sample is over -1.5 dBFS.
    """
    level = float(np.sqrt(k_power(pcm, sample_rate)))
    if target_rms <= 0 or level == 0:
        return pcm
    gain = min(target_rms / level, MAX_GAIN, MAX_HELD * PEAK_LIMIT / float(np.max(np.abs(pcm))))
    return limit(np.asarray(pcm * np.float32(gain), dtype=np.float32), sample_rate, PEAK_LIMIT)
