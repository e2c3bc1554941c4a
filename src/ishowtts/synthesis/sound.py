"""What a speech consists of: pieces of sound that may be played now, and what they took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ishowtts.text.timing import WordTime

CacheState = Literal["miss", "shared", "hit"]
"""Made for this request; made at the same time for another one; made before."""


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Sound that may be played now: (samples,) float32 mono, following the one before without a gap.

    `text` is the segment it ends with, as it was written; its last few milliseconds come with the next chunk.
    """

    pcm: np.ndarray
    sample_rate: int
    text: str
    index: int
    segments: int
    t0: float
    """Seconds from the start of the speech."""
    span: tuple[int, int] = (0, 0)
    """Where `text` is in the caller's text: first and past-the-last code point."""
    words: tuple[WordTime, ...] = ()
    """Words of the caller's text that are in `span`, in seconds from the start of the speech: estimates."""
    said: str = ""
    """How `text` was read; empty: as it is written."""
    said_words: tuple[WordTime, ...] = ()
    """Words of `said`, in the same seconds."""

    @property
    def duration(self) -> float:
        return self.pcm.size / self.sample_rate


@dataclass(frozen=True, slots=True)
class Made:
    """How a segment came about: when it was asked for, begun and done (`time.monotonic()`), in how many steps, and how
    many segments took these together."""

    asked: float
    begun: float
    done: float
    steps: int
    batch: float


@dataclass(frozen=True, slots=True)
class Speech:
    """What a speech took, in seconds. Waiting for a slow listener is not in it."""

    audio_seconds: float = 0.0
    queue_seconds: float = 0.0
    """Before work on the first segment began."""
    synthesis_seconds: float = 0.0
    """From then until the last segment was there, by the clock: segments overlap."""
    first_audio_seconds: float = 0.0
    """From the request to the first chunk."""
    worker_restarts: int = 0
    unspoken: int = 0
    """Letters and digits of the text that no sound was made for."""
    retakes: int = 0
    """Segments that were made twice, since the first sound had a flaw."""
    cache: CacheState = "miss"

    @property
    def total_seconds(self) -> float:
        return self.queue_seconds + self.synthesis_seconds

    @property
    def rtf(self) -> float:
        """Seconds of work for a second of sound."""
        return self.synthesis_seconds / self.audio_seconds if self.audio_seconds else 0.0
