"""An engine without a model: every text is a tone, at once. What is measured is then the server around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ishowtts.engine.job import NONE_MADE, Job, Progress, Reference, Remarks
from ishowtts.text.timing import WordTime

RATE = 24_000


@dataclass(eq=False)
class Tone:
    job: Job
    steps_done: int = 0
    tokens: int = 1
    times: tuple[WordTime, ...] = ()
    remarks: Remarks = NONE_MADE

    @property
    def finished(self) -> bool:
        return self.steps_done >= self.job.sampling.nfe_step


@dataclass
class ToneEngine:
    """`pace` seconds of sound for each character."""

    pace: float
    max_batch: int = 4
    max_tokens: int = 1_000_000
    sample_rate: int = RATE

    def describe(self) -> dict[str, Any]:
        return {"model": "tones", "license": "MIT", "device": "cpu", "dtype": "fp32", "backend": "tones"}

    def warm_up(self, references: Sequence[Reference], progress: Progress) -> None:
        progress(1.0, "nothing to warm up")

    def open(self, job: Job) -> Tone:
        return Tone(job)

    def step(self, jobs: Sequence[Tone]) -> None:
        for job in jobs:
            job.steps_done += 1

    def vocode(self, jobs: Sequence[Tone]) -> list[np.ndarray]:
        return [self._sound(state.job) for state in jobs]

    def close(self, job: Tone) -> None:
        """Nothing is held."""

    def _sound(self, job: Job) -> np.ndarray:
        samples = max(1, round(len(job.text) * self.pace * RATE / job.sampling.speed))
        return (0.1 * np.sin(np.arange(samples) * 2 * np.pi * 220 / RATE)).astype(np.float32)


@dataclass(frozen=True)
class ToneFactory:
    pace: float = 0.06

    def __call__(self, progress: Progress) -> ToneEngine:
        return ToneEngine(self.pace)
