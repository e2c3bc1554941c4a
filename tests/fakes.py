"""An engine without a model: the real worker, queue and server can be run and broken with it in milliseconds."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ishowtts.engine.job import Job, Progress, Reference, Remarks, Sampling
from ishowtts.errors import CheckpointError, NothingToSay
from ishowtts.text.timing import WordTime
from ishowtts.text.words import word_spans

SAMPLE_RATE = 24000
SECONDS_PER_CHARACTER = 0.06

# Put one of these in a text and the engine does this at the job's second step (REFUSE: on open, MUTE: on vocode).
CRASH = "[crash]"
CRASH_ONCE = "[crash-once]"  # needs FakeFactory.marker
HANG = "[hang]"
ERROR = "[error]"
DEVICE_LOST = "[device-lost]"
REFUSE = "[refuse]"
MUTE = "[mute]"
MUTE_ONCE = "[mute-once]"  # silent with any seed up to 999
HALF = "[half]"  # most of the sound is silence


@dataclass(eq=False)
class FakeState:
    job: Job
    steps_done: int = 0
    cost: int = 1

    @property
    def times(self) -> tuple[WordTime, ...]:
        pace = SECONDS_PER_CHARACTER / self.job.sampling.speed
        return tuple(WordTime(a, b, a * pace, b * pace) for a, b in word_spans(self.job.text))

    @property
    def remarks(self) -> Remarks:
        return Remarks(unspoken=sum(c.isalpha() and c > "\uffff" for c in self.job.text))

    @property
    def tokens(self) -> int:
        return self.cost

    @property
    def finished(self) -> bool:
        return self.steps_done >= self.job.sampling.nfe_step


@dataclass
class FakeEngine:
    """A sine of 0.06 s per character, its pitch from the seed; `Engine` in shape and manners."""

    step_seconds: float = 0.0
    max_batch: int = 4
    max_tokens: int = 1_000_000
    sample_rate: int = SAMPLE_RATE
    marker: Path | None = None
    """Where CRASH_ONCE remembers that it has crashed."""
    steps_file: Path | None = None
    """Gets one byte for every step of a job: its size is the count, for any process to read."""
    gate: Any = None
    """A semaphore that `step` takes once a call: the test says when each step may happen."""
    opened: int = 0
    closed: int = 0
    batches: list[tuple[str, ...]] = field(default_factory=list)
    vocoded: list[str] = field(default_factory=list)

    def describe(self) -> dict[str, Any]:
        return {"model": "fake", "license": "MIT", "device": "cpu", "dtype": "fp32", "backend": "fake"}

    def warm_up(self, references: Sequence[Reference], progress: Progress) -> None:
        for index, reference in enumerate(references, 1):
            progress(index / len(references), f"warming up {reference.voice}")

    def open(self, job: Job) -> FakeState:
        if REFUSE in job.text:
            raise NothingToSay("There is nothing to say in this text.", param="text")
        self.opened += 1
        return FakeState(job)

    def step(self, jobs: Sequence[FakeState]) -> None:
        if self.gate is not None:
            self.gate.acquire()
        time.sleep(self.step_seconds)
        for state in jobs:
            assert not state.finished, "stepped past its end"
            if state.steps_done == 1:
                self._misbehave(state.job.text)
        self.batches.append(tuple(state.job.id for state in jobs))
        for state in jobs:
            state.steps_done += 1
            if self.steps_file is not None:
                with self.steps_file.open("ab") as file:
                    file.write(b".")

    def vocode(self, jobs: Sequence[FakeState]) -> list[np.ndarray]:
        assert all(state.finished for state in jobs), "vocoded before its end"
        self.vocoded += [state.job.id for state in jobs]
        return [self._sound(state.job) for state in jobs]

    def _sound(self, job: Job) -> np.ndarray:
        if MUTE in job.text:
            return np.zeros(0, dtype=np.float32)
        sound = expected_pcm(job)
        if MUTE_ONCE in job.text and job.sampling.seed < 1000:
            sound[:] = 0
        if HALF in job.text:
            sound[sound.size // 5 :] = 0
        return sound

    def close(self, job: FakeState) -> None:
        self.closed += 1

    def _misbehave(self, text: str) -> None:
        if CRASH in text:
            os._exit(3)
        if CRASH_ONCE in text and self.marker is not None and not self.marker.exists():
            self.marker.touch()
            os._exit(3)
        if HANG in text:
            time.sleep(3600)
        if ERROR in text:
            raise ValueError(f"cannot say {text}")
        if DEVICE_LOST in text:
            raise RuntimeError("CUDA error: an illegal memory access was encountered")


def expected_pcm(job: Job) -> np.ndarray:
    """(samples,) float32: what the fake says for a job, on any worker, in any company."""
    n = round(len(job.text) * SECONDS_PER_CHARACTER * SAMPLE_RATE / job.sampling.speed)
    pitch = 200 + job.sampling.seed % 400
    return (0.3 * np.sin(2 * np.pi * pitch * np.arange(n) / SAMPLE_RATE)).astype(np.float32)


@dataclass(frozen=True)
class FakeFactory:
    """Makes a `FakeEngine` in the worker process; picklable. `fail`, `die` and `obstacle` are ways of not loading."""

    step_seconds: float = 0.0
    max_batch: int = 4
    load_seconds: float = 0.0
    fail: str | None = None
    """Raises `CheckpointError` with this message."""
    die: bool = False
    """Exits while loading."""
    obstacle: Path | None = None
    """Loading raises `OSError` (`CheckpointError` if the file says "final") as long as this file exists."""
    marker: Path | None = None
    steps_file: Path | None = None
    gate: Any = None

    def __call__(self, progress: Progress) -> FakeEngine:
        progress(0.5, "loading the fake")
        time.sleep(self.load_seconds)
        if self.die:
            os._exit(4)
        if self.fail is not None:
            raise CheckpointError(self.fail)
        if self.obstacle is not None and self.obstacle.exists():
            raise (CheckpointError if self.obstacle.read_text() == "final" else OSError)("an obstacle")
        return FakeEngine(
            step_seconds=self.step_seconds,
            max_batch=self.max_batch,
            marker=self.marker,
            steps_file=self.steps_file,
            gate=self.gate,
        )


def fake_reference(voice: str = "fake") -> Reference:
    return Reference(voice=voice, audio=Path("fake.wav"), sha256="0" * 64, text="A fake voice.", language="en")


def fake_job(id: str, text: str = "Hello there.", nfe_step: int = 4, seed: int = 0) -> Job:
    return Job(id=id, text=text, reference=fake_reference(), sampling=Sampling(nfe_step=nfe_step, seed=seed))
