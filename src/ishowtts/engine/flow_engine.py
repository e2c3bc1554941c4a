"""The engine: jobs at different times, of different lengths, step counts, guidance and voices, in one forward.

A job is a flow being followed from noise to speech. `step` evaluates the flow once for every job it is given; which
jobs those are may change from step to step. What a job becomes does not depend on its company.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ishowtts.engine.about import surroundings
from ishowtts.engine.compiling import Compiler
from ishowtts.engine.device import Placement
from ishowtts.engine.features import N_MELS, SAMPLE_RATE, MelNorm
from ishowtts.engine.frontend import Frontend
from ishowtts.engine.job import Job, Progress, Reference, Remarks, Sampling
from ishowtts.engine.packing import Packing
from ishowtts.engine.references import ReferenceCache
from ishowtts.engine.schedule import Move, moves
from ishowtts.engine.transformer import PackedDiT
from ishowtts.engine.vocoder import Vocoder
from ishowtts.engine.warm_up import greeting
from ishowtts.errors import SynthesisFailed
from ishowtts.text.timing import WordTime

log = logging.getLogger(__name__)

MAX_BATCH = 64
MAX_TOKENS = {"cpu": 512, "cuda": 16_384}
"""Tokens worth stepping together. A CPU is busy with a single job; a large GPU is not with a dozen."""


class FlowJob:
    """A state on its way: `x` (frames, 100) fp32, and where its ODE step began."""

    def __init__(
        self,
        job: Job,
        frames: int,
        kept: slice,
        times: tuple[WordTime, ...],
        remarks: Remarks,
        gain: float,
        conditions: Tensor,
        schedule: tuple[Move, ...],
        x: Tensor,
    ) -> None:
        self.job = job
        self.frames = frames
        self.kept = kept  # of the frames: those that are new speech
        self.times = times
        self.remarks = remarks
        self.gain = gain
        self.conditions = conditions
        self.schedule = schedule
        self.x = self.start = x
        self.steps_done = 0
        self.exact = False
        self.closed = False

    @property
    def finished(self) -> bool:
        return self.steps_done == len(self.schedule)

    @property
    def move(self) -> Move:
        return self.schedule[self.steps_done]

    @property
    def guided(self) -> bool:
        """Whether its next step is."""
        sampling = self.job.sampling
        return is_guided(sampling) and not self.finished and self.move.t < sampling.cfg_until

    @property
    def tokens(self) -> int:
        """What a step of this job costs, in positions that go through the model."""
        return self.frames * (2 if self.guided else 1)


def is_guided(sampling: Sampling) -> bool:
    return sampling.cfg_strength >= 1e-5  # upstream's own bound


class FlowEngine:
    sample_rate = SAMPLE_RATE
    max_batch = MAX_BATCH

    def __init__(
        self,
        dit: Any,
        vocoder: Vocoder,
        frontend: Frontend,
        references: ReferenceCache,
        norm: MelNorm,
        placement: Placement,
        compiler: Compiler,
        about: dict[str, Any],
        reload: Callable[[], Any],
    ) -> None:
        self.dit = PackedDiT(dit, placement.device, placement.compute)
        self.vocoder = vocoder
        self.frontend = frontend
        self.references = references
        self.norm = norm
        self.placement = placement
        self.compiler = compiler
        self.about = about
        self.max_tokens = MAX_TOKENS.get(placement.device.type, MAX_TOKENS["cpu"])
        self._reload = reload
        self._exact: PackedDiT | None = None
        self._packed: tuple[list[tuple[FlowJob, bool]], Packing, Tensor, Tensor] | None = None
        compiler.apply(self.dit)

    def describe(self) -> dict[str, Any]:
        return {
            **self.about,
            "backend": "flow",
            "compiled": self.compiler.active,
            "compile": self.compiler.state,
            **surroundings(self.placement),
        }

    def warm_up(self, references: Sequence[Reference], progress: Progress) -> None:
        """Prepare every voice; the first one says something, since all of them would take the same path."""
        self.frontend.warm_up()
        for done, reference in enumerate(references):
            progress(done / len(references), f"warming up with voice {reference.voice}")
            state = self.open(greeting(reference, nfe_step=2))
            while done == 0 and not state.finished:
                self.step([state])
            if state.finished:
                self.vocode([state])
            self.close(state)

    @torch.no_grad()
    def open(self, job: Job) -> FlowJob:
        clip = self.references.get(job.reference)
        prompt = self.frontend.prompt(job, clip.frames)
        heard = clip.mel[0, prompt.begin :]
        sampling, frames = job.sampling, prompt.model_frames
        tokens = prompt.tokens.to(self.placement.device)
        conditions = self.dit.conditions(heard, tokens, frames, is_guided(sampling))
        schedule = moves(sampling.nfe_step, sampling.sway_sampling_coef, sampling.ode_method)
        self.dit.modulation.slots([move.t for move in schedule])
        # Noise from a generator of the job's own, on the CPU: the same on every device and in any company.
        noise = torch.randn(frames, N_MELS, generator=torch.Generator().manual_seed(sampling.seed))
        x = noise.to(self.placement.device)
        kept = slice(len(heard), prompt.frames)
        return FlowJob(job, frames, kept, prompt.times, prompt.remarks, clip.gain, conditions, schedule, x)

    @torch.no_grad()
    def step(self, jobs: Sequence[FlowJob]) -> None:
        if any(job.closed or job.finished for job in jobs):
            raise RuntimeError("a closed or finished job cannot be stepped")
        usual, exact = ([job for job in jobs if job.exact is kind] for kind in (False, True))
        if usual:
            self._step(self.dit, usual)
        if exact:
            self._step(self._exact_dit(), exact)

    def _step(self, dit: PackedDiT, jobs: list[FlowJob]) -> None:
        packing, conditions, strength = self._packing(jobs)
        device = self.placement.device
        slots = torch.tensor(dit.modulation.slots([job.move.t for job in jobs]), device=device)
        slot = slots[:1] if len(set(job.move.t for job in jobs)) == 1 else slots[packing.token_job]
        x = torch.cat([job.x for job in jobs])
        velocity = dit(x[packing.frame], conditions, packing, slot)
        said, unsaid = velocity[packing.guided], velocity[packing.unguided]
        velocity = said + (said - unsaid) * strength
        for job, own in zip(jobs, torch.split(velocity, [job.frames for job in jobs]), strict=True):
            job.x = job.start + job.move.h * own
            if job.move.ends_step:
                job.start = job.x
            job.steps_done += 1
            if job.finished:
                self._check(job)

    def _packing(self, jobs: list[FlowJob]) -> tuple[Packing, Tensor, Tensor]:
        """Laid out once for as long as the company, and who of it is guided, stays the same."""
        company = [(job, job.guided) for job in jobs]
        if self._packed is None or self._packed[0] != company:
            device = self.placement.device
            packing = Packing.of([(job.frames, 2 if guided else 1) for job, guided in company], device)
            strengths = torch.tensor([job.job.sampling.cfg_strength for job in jobs], device=device)
            conditions = torch.cat(
                [job.conditions[: span.frames * span.rows] for job, span in zip(jobs, packing.spans, strict=True)]
            )
            self._packed = company, packing, conditions, strengths[packing.job][:, None]
        return self._packed[1:]

    def _check(self, job: FlowJob) -> None:
        """Half precision overflows with some weights: then that job once more in fp32."""
        if job.exact or self.placement.compute == torch.float32 or bool(torch.isfinite(job.x).all()):
            return
        log.warning("job %s left the range of %s and is done again in fp32", job.job.id, self.placement.name)
        again = self.open(job.job)
        job.exact, job.x, job.start, job.steps_done = True, again.x, again.x, 0

    def _exact_dit(self) -> PackedDiT:
        if self._exact is None:
            self._exact = PackedDiT(self._reload(), self.placement.device, torch.float32)
        return self._exact

    @torch.no_grad()
    def vocode(self, jobs: Sequence[FlowJob]) -> list[np.ndarray]:
        if not all(job.finished for job in jobs):
            raise RuntimeError("a job has steps to go")
        wavs = self.vocoder.decode([self.norm.decode(job.x[job.kept]) for job in jobs])
        sounds = [(wav / job.gain).cpu().numpy() for job, wav in zip(jobs, wavs, strict=True)]
        if not all(np.isfinite(sound).all() for sound in sounds):
            raise SynthesisFailed("the model gave values that are not numbers: its weights may be damaged")
        return sounds

    def close(self, job: FlowJob) -> None:
        job.closed = True
        job.x = job.start = job.conditions = torch.empty(0)
        if self._packed is not None and any(job is other for other, _ in self._packed[0]):
            self._packed = None
