"""Weights on disk → a module: `.safetensors` or weights-only `.pt`, official layouts and fine-tunes.

Checkpoints differ in wrapping (`ema_model_state_dict`, `model_state_dict`), in prefixes (`ema_model.`, `module.`,
`transformer.`) and in leftovers of training (`initted`, `step`, the mel filter bank); the tensors are the same.
"""

from __future__ import annotations

import pickle
import re
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from ishowtts.engine.catalog import ARCHITECTURES, Architecture
from ishowtts.errors import CheckpointError

_HUB = re.compile(r"hf://([^/]+/[^/]+)/(.+)\Z")
_WRAPPERS = ("ema_model_state_dict", "model_state_dict", "state_dict")
_PREFIXES = ("module.", "_orig_mod.", "ema_model.", "transformer.")
_LEFTOVERS = re.compile(r"(initted|step|mel_spec\..*|.*rotary_embed\.inv_freq|.*freqs_cis)\Z")
_SHOWN = 8


def resolve(spec: str) -> Path:
    """A local file or `hf://owner/repo/path` (fetched once, then from the hub's cache) → a path that exists."""
    if spec.startswith("hf://"):
        match = _HUB.match(spec)
        if not match:
            raise CheckpointError(f"{spec!r} is not of the form hf://owner/repo/path/to/file")
        from huggingface_hub import hf_hub_download

        try:
            return Path(hf_hub_download(match[1], match[2]))
        except Exception as error:
            raise CheckpointError(
                f"cannot fetch {spec}: {type(error).__name__}. Check the name and the network, or download the file "
                "yourself and set model.checkpoint to its path"
            ) from error
    path = Path(spec).expanduser()
    if not path.exists():
        raise CheckpointError(f"no such checkpoint: {spec}")
    return path


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Tensors by the names of the bare backbone, on the CPU, in the dtype they were stored in."""
    try:
        if path.suffix == ".safetensors":
            stored: Any = load_file(path)
        elif path.suffix in {".pt", ".pth", ".bin"}:
            stored = torch.load(path, map_location="cpu", weights_only=True)
        else:
            raise CheckpointError(f"{path.name}: expected .safetensors, .pt, .pth or .bin")
    except (SafetensorError, pickle.UnpicklingError, RuntimeError, EOFError, OSError) as error:
        raise CheckpointError(f"{path.name} cannot be read as weights ({type(error).__name__}): {error}") from error
    if not isinstance(stored, dict):
        raise CheckpointError(f"{path.name} holds no dictionary of tensors")
    for wrapper in _WRAPPERS:
        if isinstance(stored.get(wrapper), dict):
            stored = stored[wrapper]
            break
    tensors = {_bare(k): v for k, v in stored.items() if isinstance(v, Tensor)}
    return {k: v for k, v in tensors.items() if not _LEFTOVERS.match(k)}


def _bare(name: str) -> str:
    stripped = True
    while stripped:
        stripped = False
        for prefix in _PREFIXES:
            if name.startswith(prefix):
                name, stripped = name.removeprefix(prefix), True
    return name


def infer_architecture(tensors: dict[str, Tensor], named: str | None) -> Architecture:
    """Shape of an unnamed checkpoint, from its tensors.

    Whether filler tokens are masked and which heads are rotated (v1 or v0) leaves no trace in the weights: that comes
    from `named`, an official architecture, and is v1 where nothing is named.
    """
    if named is not None and named not in ARCHITECTURES:
        raise CheckpointError(f"unknown architecture {named!r}; known: {', '.join(ARCHITECTURES)}")
    try:
        dim = tensors["input_embed.proj.weight"].shape[0]
        unet = any(k.startswith("layers.") for k in tensors)
        blocks = "layers" if unet else "transformer_blocks"
        depth = 1 + max(int(m[1]) for k in tensors if (m := re.match(rf"{blocks}\.(\d+)\.", k)))
        ff = tensors["layers.0.4.ff.0.0.weight" if unet else "transformer_blocks.0.ff.ff.0.0.weight"].shape[0]
        text_dim = tensors["text_embed.text_embed.weight"].shape[1]
    except (KeyError, ValueError) as error:
        raise CheckpointError(f"these weights are of no F5-TTS or E2-TTS backbone: {error} is missing") from error
    convs = [int(m[1]) for k in tensors if (m := re.match(r"text_embed\.text_blocks\.(\d+)\.", k))]
    base = ARCHITECTURES[named or ("E2TTS_Base" if unet else "F5TTS_v1_Base")]
    sizes = {"dim": dim, "depth": depth, "heads": dim // 64, "ff_mult": ff // dim, "text_dim": text_dim}
    sizes["conv_layers"] = 1 + max(convs, default=-1)
    return Architecture("UNetT" if unet else "DiT", {**base.arguments, **sizes}, base.tokenizer)


def fit(module: nn.Module, tensors: dict[str, Tensor], source: str) -> None:
    """Copy `tensors` into `module`; a missing, unexpected or misshapen tensor is named in the error."""
    wanted = {k: v for k, v in module.state_dict().items() if not _LEFTOVERS.match(k)}
    problems = [f"missing {k} {tuple(v.shape)}" for k, v in wanted.items() if k not in tensors]
    problems += [f"unexpected {k} {tuple(v.shape)}" for k, v in tensors.items() if k not in wanted]
    problems += [
        f"{k}: checkpoint {tuple(tensors[k].shape)}, model {tuple(v.shape)}"
        for k, v in wanted.items()
        if k in tensors and tensors[k].shape != v.shape
    ]
    if problems:
        more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        raise CheckpointError(f"{source} does not fit the model: {'; '.join(problems[:_SHOWN])}{more}")
    module.load_state_dict(tensors, strict=False)
