"""What the engine is asked for and how it answers: plain data, no torch, cheap to pickle.

Everything above the engine knows it only through this file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np

from ishowtts.engine.schedule import OdeMethod
from ishowtts.text.timing import WordTime

Progress = Callable[[float, str], None]
"""Called with (fraction done 0..1, what is being done)."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A voice as the engine sees it: a clip, what is said in it, and optionally when.

    `sha256` is the hex digest of the audio file's bytes: the key of the reference cache. `alignment` lists
    (symbol, frames) for front ends that work with one token a frame; None means "estimate it".
    """

    voice: str
    audio: Path
    sha256: str
    text: str
    language: str
    alignment: tuple[tuple[str, int], ...] | None = None


@dataclass(frozen=True, slots=True)
class Sampling:
    """Parameters of one synthesis, in the names of F5-TTS. `fix_duration` is seconds of reference plus new audio.

    `cfg_until` is the flow time at which guidance ends, after Kynkäänniemi et al. (arXiv 2404.07724): a step from there
    on costs half.
    """

    nfe_step: int = 7
    cfg_strength: float = 2.0
    sway_sampling_coef: float = -1.0
    speed: float = 1.0
    fix_duration: float | None = None
    seed: int = 0
    ode_method: OdeMethod = "euler"
    cfg_until: float = 1.0


@dataclass(frozen=True, slots=True)
class Job:
    """One segment of text to be said in one voice."""

    id: str
    text: str
    reference: Reference
    sampling: Sampling = field(default_factory=Sampling)


@dataclass(frozen=True, slots=True)
class Remarks:
    """What could not be done with a text: letters and digits no sound or token stands for, and how often a reader
    failed on a piece of it."""

    unspoken: int = 0
    reader_errors: int = 0


NONE_MADE = Remarks()


class JobState(Protocol):
    """A job inside the engine, between two ODE steps."""

    job: Job

    @property
    def steps_done(self) -> int: ...

    @property
    def times(self) -> tuple[WordTime, ...]:
        """When each word of `job.text` is said in its sound, as planned before synthesis; empty if nobody knows."""
        ...

    @property
    def remarks(self) -> Remarks:
        """On its text."""
        ...

    @property
    def tokens(self) -> int:
        """What a step of this job costs, in positions that go through the model."""
        ...

    @property
    def finished(self) -> bool:
        """True when the last ODE step is done and `vocode` may be called."""
        ...


State = TypeVar("State", bound=JobState)


class Engine(Protocol[State]):
    """F5-TTS as a stepper. One thread owns it; it is never called from two. `State` is its own kind of `JobState`."""

    sample_rate: int
    max_batch: int
    """Jobs that may be open at once; 1 where the sampler cannot batch."""
    max_tokens: int
    """Jobs are stepped together until their `tokens` reach this."""

    def describe(self) -> dict[str, Any]:
        """Model, licence, device, dtype, backend, versions: for `/version`, `/readyz` and `ishowtts models`."""
        ...

    def warm_up(self, references: Sequence[Reference], progress: Progress) -> None:
        """Fill the reference cache and run every path once, so that the first request is not the slow one."""
        ...

    def open(self, job: Job) -> State:
        """Tokens, reference and noise of a job. Raises `InvalidRequest`, `UnusableReference`, `NothingToSay`."""
        ...

    def step(self, jobs: Sequence[State]) -> None:
        """Advance every job by one ODE step, each at its own t."""
        ...

    def vocode(self, jobs: Sequence[State]) -> list[np.ndarray]:
        """Sound of finished jobs: (samples,) float32 mono at `sample_rate` each, without the reference."""
        ...

    def close(self, job: State) -> None:
        """Let go of a job at any point (finished, failed or cancelled)."""
        ...
