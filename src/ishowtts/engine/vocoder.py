"""Vocos: log-mel frames → sound. Official layout (`config.yaml` + `pytorch_model.bin`) or an f5-mini bundle."""

from __future__ import annotations

import json
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
from ishowtts.errors import CheckpointError

_CLASSES = {c.__name__: c for c in (MelSpectrogramFeatures, VocosBackbone, ISTFTHead)}


def make_vocos(dim: int, intermediate_dim: int, num_layers: int) -> Vocos:
    """An untrained Vocos for F5-TTS's features: (b, 100, n) log-mel → (b, 256 * (n - 1)) samples at 24 kHz."""
    return Vocos(
        MelSpectrogramFeatures(
            sample_rate=SAMPLE_RATE, n_fft=1024, hop_length=HOP_LENGTH, n_mels=N_MELS, padding="center"
        ),
        VocosBackbone(N_MELS, dim, intermediate_dim, num_layers),
        ISTFTHead(dim, 1024, HOP_LENGTH, padding="center"),
    )


class Vocoder(nn.Module):
    """A Vocos and the lowest log-mel value it was trained on."""

    def __init__(self, vocos: Vocos, floor: float | None) -> None:
        super().__init__()
        self.vocos = vocos.eval()
        self.floor = floor

    def forward(self, log_mel: Tensor) -> Tensor:
        """log_mel (n, 100) fp32 → (256 * n,) fp32; the last frame is repeated, since n frames span n - 1 hops."""
        if self.floor is not None:
            log_mel = log_mel.clamp(min=self.floor)
        padded = torch.cat([log_mel, log_mel[-1:]])
        wav: Tensor = self.vocos.decode(padded.T[None].float())
        return wav[0]


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
    return Vocoder(vocos, config["mel_floor"])
