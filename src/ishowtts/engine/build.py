"""Settings → a loaded engine. Called only in the worker process."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from platformdirs import user_cache_path
from torch import nn

from ishowtts.engine.catalog import ARCHITECTURES, CATALOG, F5_MINI, VOCOS, Architecture
from ishowtts.engine.checkpoint import fit, infer_architecture, read_tensors, resolve
from ishowtts.engine.compiling import Compiler
from ishowtts.engine.device import place, set_threads
from ishowtts.engine.durations import DurationPredictor, DurationShape
from ishowtts.engine.features import FRAMES_PER_SECOND, N_MELS, MelFeatures, MelNorm
from ishowtts.engine.flow_engine import FlowEngine
from ishowtts.engine.frontend import AlignedFrontend, Frontend, OfficialFrontend, read_vocab
from ishowtts.engine.job import Progress
from ishowtts.engine.references import ReferenceCache
from ishowtts.engine.upstream import upstream
from ishowtts.engine.upstream_engine import UpstreamEngine
from ishowtts.engine.vocoder import Vocoder, load_vocoder
from ishowtts.errors import CheckpointError, ConfigError
from ishowtts.settings import CacheSettings, ModelSettings


class Loaded(NamedTuple):
    """Upstream's model with its weights, and what else a checkpoint says."""

    cfm: nn.Module
    frontend: Frontend
    norm: MelNorm
    about: dict[str, Any]


def load_engine(model: ModelSettings, cache: CacheSettings, progress: Progress) -> FlowEngine | UpstreamEngine:
    """Load weights, vocoder and front end as `model` says. Raises `CheckpointError`, `ConfigError`."""
    threads = set_threads(model.threads)
    placement = place(model.device, model.dtype)
    progress(0.0, f"loading {model.name} on {placement.device} ({placement.name}, {threads} threads)")
    cfm, frontend, norm, about = load_model(model)
    progress(0.4, "loading the vocoder")
    vocoder = load_vocoder_of(model).to(placement.device)
    references = ReferenceCache(MelFeatures(norm).to(placement.device), placement.device, cache.reference_mb * 2**20)
    card = CATALOG.get(model.name)
    about = {"model": model.name, "license": card.license if card else "of the checkpoint you named", **about}
    ours = isinstance(cfm.transformer, upstream("backbones.dit").DiT)
    if model.backend == "upstream" or (model.backend == "auto" and not ours):
        progress(0.6, "moving weights to the device")
        cfm = cfm.to(placement.device, placement.weights)
        return UpstreamEngine(cfm, vocoder, frontend, references, norm, placement, about)
    if not ours:
        raise ConfigError(f"model.backend 'flow' runs DiT models; {model.name} is of another kind: use 'auto'")
    compiler = Compiler(wanted=model.compile, cache=(cache.folder or user_cache_path("ishowtts")) / "compile")
    progress(0.6, "compiling (kept on disk: the next start is faster)" if model.compile else "moving weights")
    return FlowEngine(
        cfm.transformer,
        vocoder,
        frontend,
        references,
        norm,
        placement,
        compiler,
        about,
        lambda: load_model(model).cfm.transformer,
    )


def load_model(model: ModelSettings) -> Loaded:
    """Upstream's model on the CPU. Raises `CheckpointError`."""
    path = weights_path(model)
    return _load_bundle(path, model.longest_prompt) if path.is_dir() else _load_official(path, model)


def load_vocoder_of(model: ModelSettings) -> Vocoder:
    """The one that is named, or that goes with the model, on the CPU. Raises `CheckpointError`."""
    path = weights_path(model)
    return load_vocoder(model.vocoder or (str(path) if path.is_dir() else VOCOS))


def weights_path(model: ModelSettings) -> Path:
    """The bundle folder or weights file `model` names, on this machine. Raises `CheckpointError`."""
    return resolve(model.checkpoint or _card_source(model.name))


def _card_source(name: str) -> str:
    card = CATALOG.get(name)
    if card is None:
        raise CheckpointError(
            f"unknown model {name!r}: use one of {', '.join(CATALOG)}, or set model.checkpoint to your own weights"
        )
    if card.source is None:
        raise CheckpointError(f"{name} has no official checkpoint: set model.checkpoint to yours")
    return card.source


def make_cfm(architecture: Architecture, n_tokens: int, norm: MelNorm) -> nn.Module:
    """Upstream's CFM around an upstream backbone, with random weights."""
    backbone = upstream({"DiT": "backbones.dit", "UNetT": "backbones.unett"}[architecture.backbone])
    module = getattr(backbone, architecture.backbone)(
        **architecture.arguments, text_num_embeds=n_tokens, mel_dim=N_MELS
    )
    cfm: nn.Module = upstream("cfm").CFM(module, mel_spec_module=MelFeatures(norm), num_channels=N_MELS)
    return cfm


def _load_official(path: Path, model: ModelSettings) -> Loaded:
    tensors = read_tensors(path)
    named = model.architecture or (model.name if model.name in ARCHITECTURES else None)
    architecture = ARCHITECTURES[named] if named in ARCHITECTURES and model.architecture is None else None
    if architecture is None:
        architecture = infer_architecture(tensors, named)
    vocab = read_vocab(resolve(model.vocab) if model.vocab else official_vocab())
    embedding = tensors.get("text_embed.text_embed.weight")
    if embedding is not None and embedding.shape[0] != len(vocab) + 1:
        raise CheckpointError(
            f"{path.name} was trained on {embedding.shape[0] - 1} tokens, the vocabulary has {len(vocab)}: "
            "set model.vocab to the vocab.txt that came with it"
        )
    cfm = make_cfm(architecture, len(vocab), MelNorm())
    fit(cfm.transformer, tensors, path.name)  # type: ignore[arg-type]
    about = {"architecture": named or architecture.backbone, "checkpoint": path.name}
    return Loaded(cfm, OfficialFrontend(vocab, architecture.tokenizer), MelNorm(), about)


def official_vocab() -> Path:
    return Path(str(files("f5_tts").joinpath("infer/examples/vocab.txt")))


def _load_bundle(folder: Path, longest_prompt: float) -> Loaded:
    """A folder that `ishowtts export` wrote: weights, sizes, vocabulary, and durations where tokens are phonemes."""
    if not (folder / "config.json").exists():
        hint = " (the embedded model is not in this installation)" if folder == F5_MINI else ""
        raise CheckpointError(f"{folder.name} holds no config.json{hint}")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    vocab = read_vocab(folder / "vocab.txt")
    norm = MelNorm(**config["mel_norm"])
    cfm = make_cfm(Architecture("DiT", config["architecture"], "aligned"), len(vocab), norm)
    tensors = {k: v.float() for k, v in read_tensors(folder / "model.safetensors").items()}
    fit(cfm.transformer, tensors, "model.safetensors")  # type: ignore[arg-type]
    kind = config.get("frontend", "aligned")
    about = {"architecture": "f5-mini", "checkpoint": folder.name, "training": config.get("training", {})}
    if kind == "official":
        return Loaded(cfm, OfficialFrontend(vocab, "pinyin"), norm, {**about, "frontend": kind})
    if kind != "aligned":
        raise CheckpointError(f"{folder.name} wants the front end {kind!r}, which this version does not have")
    sizes = {**config["durations"], "dilations": tuple(config["durations"]["dilations"])}
    durations = DurationPredictor(DurationShape(**sizes))
    fit(durations, {k: v.float() for k, v in read_tensors(folder / "durations.safetensors").items()}, "durations")
    return Loaded(cfm, AlignedFrontend(vocab, durations, round(longest_prompt * FRAMES_PER_SECOND)), norm, about)
