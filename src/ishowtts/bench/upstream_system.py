"""Upstream as it comes: one call of `CFM.sample` and one of `Vocos.decode` for each text.

What `f5_tts.infer` does around them is done here in the same way. Two things are in upstream's favour: the reference
clip is decoded once and not for every text, and tokens and durations come from our front end, since the embedded
model has no other.
"""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ishowtts.audio.decode import decode
from ishowtts.bench.system import Said, dtype_name, phase, synchronize
from ishowtts.engine.features import HOP_LENGTH, SAMPLE_RATE, MelNorm
from ishowtts.engine.flow_engine import is_guided
from ishowtts.engine.frontend import Frontend
from ishowtts.engine.job import Job, Reference
from ishowtts.engine.references import TARGET_RMS
from ishowtts.engine.upstream import upstream
from ishowtts.engine.vocoder import Vocoder


def upstream_dtype(device: torch.device) -> torch.dtype:
    """What `f5_tts` itself loads its weights in."""
    if device.type == "cuda" and torch.cuda.get_device_capability(device)[0] >= 7:
        return torch.float16
    return torch.float32


@dataclass(frozen=True)
class _Clip:
    wav: Tensor  # (1, samples) at 24 kHz, loud enough
    gain: float

    @property
    def frames(self) -> int:
        return self.wav.shape[1] // HOP_LENGTH


class _Watched(nn.Module):
    """The backbone, and when it was first called: before that a sampler is not yet sampling."""

    def __init__(self, inner: Any) -> None:
        super().__init__()
        self.inner = inner
        self.dim = inner.dim
        self.begun: float | None = None

    def forward(self, **arguments: Any) -> Any:
        if self.begun is None:
            self.begun = time.perf_counter()
        return self.inner(**arguments)

    def clear_cache(self) -> None:
        self.inner.clear_cache()


class Upstream:
    """`transformer` is on `device`, in the dtype that it is to run in; `autocast` is for the forward only."""

    def __init__(
        self,
        name: str,
        transformer: Any,
        mel: nn.Module,
        vocoder: Vocoder,
        frontend: Frontend,
        norm: MelNorm,
        device: torch.device,
        autocast: torch.dtype | None = None,
        compiled: bool = False,
    ) -> None:
        self.name = name
        weights = next(transformer.parameters()).dtype
        self.dtype: torch.dtype = autocast or weights
        self._runs = f"{dtype_name(self.dtype)}{' autocast' if autocast else ''}, {'compiled' if compiled else 'eager'}"
        if compiled:
            transformer = torch.compile(transformer, dynamic=True)
        self._backbone = _Watched(transformer)
        self._cfm: Any = upstream("cfm").CFM(self._backbone, mel_spec_module=mel, num_channels=mel.n_mel_channels)
        self._cfm.eval()
        self._vocoder = vocoder
        self._frontend = frontend
        self._norm = norm
        self._device = device
        self._autocast = autocast
        self._clips: dict[str, _Clip] = {}

    @property
    def runs(self) -> str:
        return self._runs

    @torch.inference_mode()
    def say(self, job: Job) -> Said:
        wall, cpu = time.perf_counter(), time.process_time()
        sampling, clip = job.sampling, self._clip(job.reference)
        with phase("open"):
            prompt = self._frontend.prompt(job, clip.frames)
        self._backbone.begun = None
        with phase("steps"), self._context():
            mel, _ = self._cfm.sample(
                cond=clip.wav,
                text=prompt.tokens.to(self._device),
                duration=prompt.model_frames,
                steps=sampling.nfe_step,
                cfg_strength=sampling.cfg_strength,
                sway_sampling_coef=sampling.sway_sampling_coef,
                seed=sampling.seed,
            )
            synchronize(self._device)
        sampled = time.perf_counter()
        with phase("vocode"):
            pcm = self._sound(mel[:, clip.frames : prompt.frames], clip.gain)
        end, cpu_end = time.perf_counter(), time.process_time()
        rows = 2 if is_guided(sampling) else 1
        begun = self._backbone.begun or wall
        return Said(
            pcm, prompt.model_frames, rows, sampling.nfe_step, end - wall, cpu_end - cpu, sampled - begun
        )  # fmt: skip

    def _sound(self, mel: Tensor, gain: float) -> np.ndarray:
        """mel (1, n, 100), as the model gave it → (256 * (n - 1),) float32."""
        log_mel = self._norm.decode(mel.to(torch.float32))
        if self._vocoder.floor is not None:
            log_mel = log_mel.clamp(min=self._vocoder.floor)
        wave: np.ndarray = (self._vocoder.vocos.decode(log_mel.permute(0, 2, 1)) / gain).squeeze().cpu().numpy()
        return wave

    def _context(self) -> AbstractContextManager[object]:
        return torch.autocast(self._device.type, self._autocast) if self._autocast else nullcontext()

    def _clip(self, reference: Reference) -> _Clip:
        if reference.sha256 not in self._clips:
            wav = torch.from_numpy(decode(reference.audio, SAMPLE_RATE).copy())[None]
            gain = max(1.0, TARGET_RMS / float(wav.square().mean().sqrt()))
            self._clips[reference.sha256] = _Clip((wav * gain).to(self._device), gain)
        return self._clips[reference.sha256]
