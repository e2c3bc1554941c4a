"""What parent and worker say to each other over the pipe: one frozen dataclass a message."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ishowtts.audio.flaws import Flaw
from ishowtts.engine.job import NONE_MADE, Job, Remarks
from ishowtts.errors import SpeechError
from ishowtts.serving.claim import USUAL, Claim
from ishowtts.text.timing import WordTime

# Parent to worker.


@dataclass(frozen=True, slots=True)
class Submit:
    """Synthesise this job before `deadline`. Times are `time.monotonic()` seconds, one clock for both processes."""

    job: Job
    claim: Claim = USUAL
    arrived: float = field(default_factory=time.monotonic)
    deadline: float | None = None
    alone: bool = False
    """Step it with no other job: it was being stepped when a worker died, and may be the cause."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """Nobody waits for this job any more."""

    job_id: str


@dataclass(frozen=True, slots=True)
class Shutdown:
    """End now; whoever wanted open jobs to finish has waited for them."""


# Worker to parent.


@dataclass(frozen=True, slots=True)
class Loading:
    """Loading goes on: 0..1, and what is being done."""

    fraction: float
    stage: str


@dataclass(frozen=True, slots=True)
class Ready:
    """The engine is loaded and warm; `info` is `Engine.describe()` plus `sample_rate` and `max_active`."""

    info: dict[str, Any]


@dataclass(frozen=True, slots=True)
class LoadFailed:
    """The engine cannot be loaded; the worker ends after this."""

    error: SpeechError


@dataclass(frozen=True, slots=True)
class Started:
    """The job left the worker's queue and goes into the engine."""

    job_id: str


@dataclass(frozen=True, slots=True)
class Stepped:
    """One ODE step was done for these jobs, in so many seconds; also the sign that the worker lives."""

    job_ids: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Finished:
    """Sound of a job: (samples,) float32 mono. `synthesis_seconds` runs from open to vocoded; `times` as in
    `JobState`."""

    job_id: str
    pcm: np.ndarray
    synthesis_seconds: float
    steps: int
    times: tuple[WordTime, ...] = ()
    remarks: Remarks = NONE_MADE
    retaken: Flaw | None = None
    """What was wrong with the first sound, where it was made again with another seed."""
    flaw: Flaw | None = None
    """What is wrong with this one still."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The job ended without sound."""

    job_id: str
    error: SpeechError


@dataclass(frozen=True, slots=True)
class Dropped:
    """A cancelled job has left the engine after this many ODE steps."""

    job_id: str
    steps: int


ToWorker = Submit | Cancel | Shutdown
FromWorker = Loading | Ready | LoadFailed | Started | Stepped | Finished | Failed | Dropped
