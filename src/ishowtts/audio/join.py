"""Segments into one stream: edge silence trimmed, seams faded, each part out as soon as it cannot change any more."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ishowtts.audio.activity import speech_span
from ishowtts.audio.fade import cross_fade, fade_in

LEAD_SECONDS = 0.06
"""Silence kept before a segment's speech: the onset of a soft consonant is in it."""
TAIL_SECONDS = 0.18
"""Silence kept after it: with the next segment's lead, a pause that sounds like the end of a sentence."""
EDGE_SECONDS = 0.005
"""Fade at the start and at the end of the whole stream, so that neither clicks."""


class Placed(NamedTuple):
    """Where a segment lies in the stream, in samples: its own first one (before `begin` if that was cut off), the
    first that is there, and past the last."""

    zero: int
    begin: int
    end: int


def trim(segment: np.ndarray, sample_rate: int) -> np.ndarray:
    """Cut edge silence of (samples,) down to the lead and tail above; a silent segment is left as it is."""
    return segment[slice(*_kept(segment, sample_rate))]


def _kept(segment: np.ndarray, sample_rate: int) -> tuple[int, int]:
    span = speech_span(segment, sample_rate)
    if span is None:
        return 0, segment.size
    start = max(0, span[0] - round(LEAD_SECONDS * sample_rate))
    return start, min(segment.size, span[1] + round(TAIL_SECONDS * sample_rate))


class Joiner:
    """Takes segments in order and hands back samples; only the last few milliseconds wait for the next segment."""

    def __init__(self, sample_rate: int, cross_fade_duration: float, *, trim_silence: bool = True) -> None:
        self._sample_rate = sample_rate
        self._fade = round(cross_fade_duration * sample_rate)
        self._edge = round(EDGE_SECONDS * sample_rate)
        self._trim = trim_silence
        self._held = np.zeros(0, dtype=np.float32)
        self._started = False
        self._given = 0  # samples
        self.placed = Placed(0, 0, 0)
        """Of the last segment pushed."""

    def push(self, segment: np.ndarray, pause: float = 0.0) -> np.ndarray:
        """Add (samples,) float32, after so many seconds of silence; returns the samples that are final now."""
        rest = self._rest(pause) if pause > 0 else np.zeros(0, dtype=np.float32)
        pushed = self._push(segment)
        return np.concatenate([rest, pushed]) if rest.size else pushed

    def _rest(self, seconds: float) -> np.ndarray:
        """The end of what was said, faded out, and silence: the next segment begins anew behind it."""
        given = self._given + self._held.size
        before = self.flush()
        silence = np.zeros(round(seconds * self._sample_rate), dtype=np.float32)
        self._given = given + silence.size
        return np.concatenate([before, silence])

    def _push(self, segment: np.ndarray) -> np.ndarray:
        start, end = _kept(segment, self._sample_rate) if self._trim else (0, segment.size)
        ready = np.array(segment[start:end], dtype=np.float32)
        begin = self._given + (self._held.size - self._overlap(ready) if self._started else 0)
        self.placed = Placed(begin - start, begin, begin + ready.size)
        if self._started:
            ready = self._seam(ready)
        elif ready.size:
            self._started = True
            edge = min(self._edge, ready.size)
            ready[:edge] *= fade_in(edge)
        keep = min(ready.size, max(self._fade, self._edge))
        self._held = ready[ready.size - keep :]
        self._given += ready.size - keep
        return ready[: ready.size - keep]

    def flush(self, pause: float = 0.0) -> np.ndarray:
        """The end of the stream, faded out, and so many seconds of silence; the joiner is empty afterwards."""
        if pause > 0:
            last = self._rest(pause)
            self._given = 0
            return last
        last, self._held = self._held, np.zeros(0, dtype=np.float32)
        self._started = False
        self._given = 0
        edge = min(self._edge, last.size)
        last = last.copy()
        last[last.size - edge :] *= fade_in(edge)[::-1]
        return last

    def _overlap(self, segment: np.ndarray) -> int:
        return min(self._fade, self._held.size, segment.size)

    def _seam(self, segment: np.ndarray) -> np.ndarray:
        overlap = self._overlap(segment)
        cut = self._held.size - overlap
        mixed = cross_fade(self._held[cut:], segment[:overlap])
        return np.concatenate([self._held[:cut], mixed, segment[overlap:]])
