"""The reference engine: unmodified upstream `CFM.sample`, one ODE step at a time.

`CFM.sample` runs a whole trajectory in one call. Each job runs it in a greenlet of its own, and a hook on the
backbone hands control back just before every forward: so a step is a step, a job can be dropped between two of them,
and not a line of the sampler is ours. Jobs advance one after another: upstream's batching is wrong for short ones.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from greenlet import GreenletExit, getcurrent, greenlet
from torch import Tensor, nn

from ishowtts.engine.about import surroundings
from ishowtts.engine.device import Placement
from ishowtts.engine.features import SAMPLE_RATE, MelNorm
from ishowtts.engine.frontend import Frontend
from ishowtts.engine.job import Job, Progress, Reference, Remarks
from ishowtts.engine.references import ReferenceCache
from ishowtts.engine.vocoder import Vocoder
from ishowtts.engine.warm_up import greeting
from ishowtts.errors import InvalidRequest, SynthesisFailed
from ishowtts.text.timing import WordTime


class UpstreamJob:
    """A trajectory that stands before its next forward."""

    def __init__(
        self,
        job: Job,
        steps: int,
        reference_frames: int,
        times: tuple[WordTime, ...],
        remarks: Remarks,
        gain: float,
    ) -> None:
        self.job = job
        self.times = times
        self.remarks = remarks
        self.steps = steps
        self.steps_done = 0
        self.reference_frames = reference_frames
        self.gain = gain
        self.tokens = 1  # one job at a time, whatever its length
        self.text_cache = threading.local()  # upstream keeps the text embedding here; ours to swap per job
        self.trajectory: greenlet | None = None
        self.mel: Tensor | None = None

    @property
    def finished(self) -> bool:
        return self.mel is not None


class UpstreamEngine:
    sample_rate = SAMPLE_RATE
    max_batch = 1
    max_tokens = 1

    def __init__(
        self,
        cfm: nn.Module,
        vocoder: Vocoder,
        frontend: Frontend,
        references: ReferenceCache,
        norm: MelNorm,
        placement: Placement,
        about: dict[str, Any],
    ) -> None:
        self.cfm = cfm.eval()
        self.vocoder = vocoder
        self.frontend = frontend
        self.references = references
        self.norm = norm
        self.placement = placement
        self.about = about
        self.cfm.transformer.register_forward_pre_hook(_pause)  # type: ignore[union-attr]

    def describe(self) -> dict[str, Any]:
        return {
            **self.about,
            "backend": "upstream",
            "compiled": False,
            "compile": "off",
            **surroundings(self.placement),
        }

    def warm_up(self, references: Sequence[Reference], progress: Progress) -> None:
        self.frontend.warm_up()
        for done, reference in enumerate(references):
            progress(done / len(references), f"warming up with voice {reference.voice}")
            state = self.open(greeting(reference, nfe_step=2))
            while not state.finished:
                self.step([state])
            self.vocode([state])
            self.close(state)

    @torch.no_grad()
    def open(self, job: Job) -> UpstreamJob:
        clip = self.references.get(job.reference)
        prompt = self.frontend.prompt(job, clip.frames)
        heard = clip.mel[:, prompt.begin :]
        sampling = job.sampling
        if sampling.cfg_until < 1:
            raise InvalidRequest("synthesis.cfg_until is not for upstream's sampler: set model.backend to 'flow'.")
        state = UpstreamJob(job, sampling.nfe_step, heard.shape[1], prompt.times, prompt.remarks, clip.gain)

        def trajectory() -> None:
            self.cfm.odeint_kwargs = {"method": sampling.ode_method}  # type: ignore[assignment]
            out, _ = self.cfm.sample(  # type: ignore[operator]
                cond=heard,
                text=prompt.tokens.to(self.placement.device),
                duration=prompt.model_frames,
                steps=sampling.nfe_step,
                cfg_strength=sampling.cfg_strength,
                sway_sampling_coef=sampling.sway_sampling_coef,
                seed=sampling.seed,
            )
            state.mel = out[0, heard.shape[1] : prompt.frames].float()

        state.trajectory = greenlet(trajectory)
        self._advance(state)  # up to the first forward: nothing heavy yet
        return state

    @torch.no_grad()
    def step(self, jobs: Sequence[UpstreamJob]) -> None:
        for state in jobs:
            self._advance(state)
            state.steps_done += 1

    def _advance(self, state: UpstreamJob) -> None:
        if state.trajectory is None:
            raise RuntimeError("a closed job cannot be stepped")
        vars(self.cfm.transformer)["_cache_local"] = state.text_cache
        with self.placement.context():
            state.trajectory.switch()

    @torch.no_grad()
    def vocode(self, jobs: Sequence[UpstreamJob]) -> list[np.ndarray]:
        return [self._sound(state) for state in jobs]

    def _sound(self, state: UpstreamJob) -> np.ndarray:
        if state.mel is None:
            raise RuntimeError("the job has steps to go")
        wav = self.vocoder(self.norm.decode(state.mel)) / state.gain
        if not bool(torch.isfinite(wav).all()):
            raise SynthesisFailed("the model gave values that are not numbers; try model.dtype = 'fp32'")
        sound: np.ndarray = wav.cpu().numpy()
        return sound

    @torch.no_grad()  # the sampler, unwinding, sets gradients back to what they were when it began: off
    def close(self, state: UpstreamJob) -> None:
        if state.trajectory is not None and not state.trajectory.dead:
            state.trajectory.throw(GreenletExit)
        state.trajectory = state.mel = None


def _pause(*_: Any) -> None:
    """Before every forward of the backbone: back to the engine, if a job is what runs."""
    parent = getcurrent().parent
    if parent is not None:
        parent.switch()
