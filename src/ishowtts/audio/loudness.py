"""One level for every voice and every segment: a plain gain, no compression.

Each segment is measured by itself and brought to the same speech level. The level of the model's output drifts from
segment to segment, and that drift is what is to go; a gain taken from the first segment alone would be taken from the
shortest one, and would carry its accidents through the whole text. Pauses do not count as level, so that a segment
with a long pause is not made louder than its neighbours.
"""

from __future__ import annotations

import numpy as np

from ishowtts.audio.activity import frame_length, frame_rms, speech_frames

PEAK_LIMIT = 10 ** (-1 / 20)
"""-1 dBFS: room for the overshoot of later resampling and lossy coding."""
MAX_GAIN = 10 ** (18 / 20)
"""+18 dB: a near-silent clip is a failure that amplified noise would only hide."""

_MEASURED_AT = 24_000  # frames of 10 ms need not be exact for a level


def speech_rms(pcm: np.ndarray) -> float:
    """RMS of the spoken parts of (samples,); 0 for a silent clip."""
    level = frame_rms(pcm, frame_length(_MEASURED_AT))
    spoken = level[speech_frames(pcm, _MEASURED_AT)]
    return float(np.sqrt(np.mean(np.square(spoken)))) if spoken.size else 0.0


def normalise(pcm: np.ndarray, target_rms: float) -> np.ndarray:
    """Scale (samples,) so that speech has `target_rms` (0 = leave it) and the peak stays at or under -1 dBFS."""
    level = speech_rms(pcm)
    if target_rms <= 0 or level == 0:
        return pcm
    gain = min(target_rms / level, MAX_GAIN, PEAK_LIMIT / float(np.max(np.abs(pcm))))
    return np.asarray(pcm * np.float32(gain), dtype=np.float32)
