"""What is measured: something that says a job, and how our engine does."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from ishowtts.engine.flow_engine import FlowEngine, is_guided
from ishowtts.engine.job import Job

PHASES = ("open", "steps", "vocode")


@dataclass(frozen=True, slots=True)
class Said:
    """One text said: (samples,) float32 mono, and where the time went.

    `frames` went through the model at each of `steps` steps, in `rows` rows; `cpu_seconds` are of the whole process.
    """

    pcm: np.ndarray
    frames: int
    rows: int
    steps: int
    seconds: float
    cpu_seconds: float
    steps_seconds: float


class System(Protocol):
    """One of those that are compared; all of them say the same jobs."""

    name: str
    dtype: torch.dtype
    """What its products of matrices are taken in."""

    @property
    def runs(self) -> str:
        """Precision and compilation, in words."""
        ...

    def say(self, job: Job) -> Said: ...


def phase(name: str) -> AbstractContextManager[object]:
    """One of `PHASES`, as a profiler sees it; next to nothing while none looks."""
    return torch.profiler.record_function(name)


def synchronize(device: torch.device) -> None:
    """Until the device has done all it was told."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def dtype_name(dtype: torch.dtype) -> str:
    return {torch.float32: "fp32", torch.float16: "fp16", torch.bfloat16: "bf16"}[dtype]


class Ours:
    """`FlowEngine`, with one job open."""

    def __init__(self, name: str, engine: FlowEngine) -> None:
        self.name = name
        self.engine = engine
        self.dtype = engine.placement.compute

    @property
    def runs(self) -> str:
        state = self.engine.compiler.state
        return f"{dtype_name(self.dtype)}, {'eager' if state == 'off' else state}"

    def say(self, job: Job) -> Said:
        wall, cpu = time.perf_counter(), time.process_time()
        with phase("open"):
            state = self.engine.open(job)
        begun = time.perf_counter()
        with phase("steps"):
            while not state.finished:
                self.engine.step([state])
            synchronize(self.engine.placement.device)
        sampled = time.perf_counter()
        with phase("vocode"):
            pcm = self.engine.vocode([state])[0]
        end, cpu_end = time.perf_counter(), time.process_time()
        rows, steps = (2 if is_guided(state.job.sampling) else 1), len(state.schedule)
        frames = state.frames
        self.engine.close(state)
        return Said(pcm, frames, rows, steps, end - wall, cpu_end - cpu, sampled - begun)
