"""Vocos: log-mel frames → sound. Official layout (`config.yaml` + `pytorch_model.bin`) or an f5-mini bundle."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import yaml
from torch import Tensor, nn
from vocos.feature_extractors import MelSpectrogramFeatures
from vocos.heads import ISTFTHead
from vocos.models import VocosBackbone
from vocos.pretrained import Vocos

from ishowtts.engine.catalog import F5_MINI
from ishowtts.engine.checkpoint import fit, read_tensors, resolve
from ishowtts.engine.features import HOP_LENGTH, N_MELS, SAMPLE_RATE
from ishowtts.engine.griffin_lim import GriffinLim, Refinement
from ishowtts.engine.overlap_add import N_FFT, overlap_add
from ishowtts.errors import CheckpointError

MAX_MAGNITUDE = 100.0  # Vocos's own guard
WINDOW = 512  # frames decoded at once
CONTEXT = 40  # frames; eight blocks see 28 to either side, the inverse STFT 2 more
_CLASSES = {c.__name__: c for c in (MelSpectrogramFeatures, VocosBackbone, ISTFTHead)}


def make_vocos(dim: int, intermediate_dim: int, num_layers: int) -> Vocos:
    """An untrained Vocos for F5-TTS's features: (b, 100, n) log-mel → (b, 256 * (n - 1)) samples at 24 kHz."""
    return Vocos(
        MelSpectrogramFeatures(
            sample_rate=SAMPLE_RATE, n_fft=N_FFT, hop_length=HOP_LENGTH, n_mels=N_MELS, padding="center"
        ),
        VocosBackbone(N_MELS, dim, intermediate_dim, num_layers),
        ISTFTHead(dim, N_FFT, HOP_LENGTH, padding="center"),
    )


class Vocoder(nn.Module):
    """A Vocos, the lowest log-mel value it was trained on, and what is done to its sound, if anything."""

    window: Tensor

    def __init__(self, vocos: Vocos, floor: float | None, refinement: Refinement | None = None) -> None:
        super().__init__()
        self.vocos = vocos.eval()
        self.floor = floor
        self.refine = GriffinLim(refinement) if refinement else None
        self.register_buffer("window", torch.hann_window(N_FFT), persistent=False)

    def forward(self, log_mel: Tensor) -> Tensor:
        """log_mel (n, 100) fp32 → (256 * n,) fp32."""
        return self.decode([log_mel])[0]

    @torch.no_grad()
    def decode(self, log_mels: Sequence[Tensor]) -> list[Tensor]:
        """(n, 100) fp32 each → (256 * n,) fp32 each, as `Vocos.decode` gives one by one; the last frame counts twice,
        since n frames span n - 1 hops.

        All are cut to windows of a bounded length with enough frames on either side for the cuts not to be heard (nor
        measured), and all windows go through together: no long padding, and memory that does not grow with a text.
        """
        whole = [torch.cat([mel, mel[-1:]]) for mel in log_mels]
        cuts = [(i, a, min(a + WINDOW, len(mel))) for i, mel in enumerate(whole) for a in range(0, len(mel), WINDOW)]
        spans = [(max(0, a - CONTEXT), min(len(whole[i]), b + CONTEXT)) for i, a, b in cuts]
        blocks = self._blocks([whole[i][a:b] for (i, _, _), (a, b) in zip(cuts, spans, strict=True)])
        parts: list[list[Tensor]] = [[] for _ in whole]
        for (i, a, b), (start, _), own in zip(cuts, spans, blocks, strict=True):
            parts[i].append(own[a - start : min(b, len(whole[i]) - 1) - start].flatten())
        sounds = [torch.cat(p) for p in parts]
        if self.refine is None:
            return sounds
        return [self.refine(sound, mel.float()) for sound, mel in zip(sounds, whole, strict=True)]

    def _blocks(self, mels: list[Tensor]) -> list[Tensor]:
        """(n, 100) each → (n - 1, 256) each: block k is the sound between the centres of frames k and k + 1."""
        lengths = [len(mel) for mel in mels]
        batch = nn.utils.rnn.pad_sequence([mel.float() for mel in mels], batch_first=True)
        if self.floor is not None:
            batch = batch.clamp(min=self.floor)
        inside = torch.arange(batch.shape[1], device=batch.device) < torch.tensor(lengths, device=batch.device)[:, None]
        mask = inside[:, :, None].float()
        frames = self._frames(batch * mask, mask) * self.window * mask
        sound = overlap_add(frames) / overlap_add(self.window.square() * mask).clamp(min=1e-11)
        return [own[: n - 1] for own, n in zip(sound, lengths, strict=True)]

    def _frames(self, mel: Tensor, mask: Tensor) -> Tensor:
        """mel (b, n, 100), mask (b, n, 1) → (b, n, 1024) frames of sound, before the window.

        Each convolution sees zeros beyond the end of a sequence, as it would if the sequence were alone.
        """
        backbone: Any = self.vocos.backbone
        x = backbone.norm(backbone.embed(mel.mT).mT)
        for block in backbone.convnext:
            y = block.norm(block.dwconv((x * mask).mT).mT)
            y = block.pwconv2(block.act(block.pwconv1(y)))
            x = x + (y if block.gamma is None else block.gamma * y)
        head: Any = self.vocos.head
        magnitude, phase = head.out(backbone.final_layer_norm(x)).float().chunk(2, -1)
        spectrum = torch.polar(magnitude.exp().clamp(max=MAX_MAGNITUDE), phase)
        frames: Tensor = torch.fft.irfft(spectrum, N_FFT)
        return frames


def load_vocoder(spec: str) -> Vocoder:
    """`f5-mini`, a directory, or `hf://owner/repo`. Raises `CheckpointError`."""
    if spec == "f5-mini":
        spec = str(F5_MINI)
    if spec.startswith("hf://"):
        config, weights = resolve(f"{spec}/config.yaml"), resolve(f"{spec}/pytorch_model.bin")
    else:
        folder = resolve(spec)
        if (folder / "vocos.safetensors").exists():
            return _from_bundle(folder)
        config, weights = resolve(str(folder / "config.yaml")), resolve(str(folder / "pytorch_model.bin"))
    parts = yaml.safe_load(config.read_text(encoding="utf-8"))
    try:
        vocos = Vocos(*(_instantiate(parts[name]) for name in ("feature_extractor", "backbone", "head")))
    except (KeyError, TypeError) as error:
        raise CheckpointError(f"{config.name} is not a Vocos configuration: {error}") from error
    fit(vocos, read_tensors(weights), weights.name)
    return Vocoder(vocos, None)


def _instantiate(part: dict[str, Any]) -> Any:
    """Like Vocos's own `instantiate_class`, but only for the three classes of a mel Vocos: a configuration from a
    hub must not name code to run."""
    name = str(part["class_path"])
    cls = _CLASSES.get(name.rpartition(".")[2])
    if cls is None or name.partition(".")[0] != "vocos":
        raise CheckpointError(f"Vocos part {name!r} is not one of {', '.join(_CLASSES)}")
    return cls(**part.get("init_args", {}))


def _from_bundle(folder: Path) -> Vocoder:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))["vocoder"]
    vocos = make_vocos(**config["shape"])
    stored = read_tensors(folder / "vocos.safetensors")
    fixed = {k: v for k, v in vocos.state_dict().items() if k.startswith("feature_extractor.") or k.endswith("window")}
    fit(vocos, {**fixed, **{k: v.float() for k, v in stored.items()}}, "vocos.safetensors")
    refinement = config.get("griffin_lim")
    return Vocoder(vocos, config["mel_floor"], Refinement(**refinement) if refinement else None)
