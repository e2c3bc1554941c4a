"""Where in a clip somebody speaks: short-time level against the clip's own loud parts."""

from __future__ import annotations

import numpy as np

FRAME_SECONDS = 0.01
FLOOR = 10 ** (-60 / 20)
"""Below -60 dBFS a frame is silence whatever the rest of the clip is like."""
RANGE = 10 ** (-40 / 20)
"""Within 40 dB of the loud frames is speech: soft consonants are about 30 to 38 dB under the vowels."""


def frame_rms(pcm: np.ndarray, frame: int) -> np.ndarray:
    """(samples,) → (ceil(samples / frame),) RMS of each frame; the last one may be short."""
    starts = np.arange(0, pcm.size, frame)
    if not starts.size:
        return np.zeros(0)
    power = np.add.reduceat(np.square(pcm, dtype=np.float64), starts)
    lengths = np.minimum(frame, pcm.size - starts)
    return np.asarray(np.sqrt(power / lengths))


def frame_length(sample_rate: int) -> int:
    """Samples in one frame of activity."""
    return max(1, round(FRAME_SECONDS * sample_rate))


def speech_frames(pcm: np.ndarray, sample_rate: int) -> np.ndarray:
    """(samples,) → bool for each 10 ms frame: True where there is speech; all False for a silent clip."""
    level = frame_rms(pcm, frame_length(sample_rate))
    if not level.size:
        return np.zeros(0, dtype=bool)
    return np.asarray(level > max(FLOOR, RANGE * float(np.quantile(level, 0.95))))


def speech_span(pcm: np.ndarray, sample_rate: int) -> tuple[int, int] | None:
    """First and past-the-last sample of speech, to the frame; None for a silent clip."""
    spoken = np.flatnonzero(speech_frames(pcm, sample_rate))
    if not spoken.size:
        return None
    frame = frame_length(sample_rate)
    return int(spoken[0]) * frame, min(pcm.size, (int(spoken[-1]) + 1) * frame)
