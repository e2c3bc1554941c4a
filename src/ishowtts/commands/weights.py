"""Are the files of a model on this machine? Asked without torch and without the network."""

from __future__ import annotations

import re
from pathlib import Path

from ishowtts.engine.catalog import CATALOG, F5_MINI, VOCOS
from ishowtts.settings import ModelSettings

_HUB = re.compile(r"hf://([^/]+/[^/]+)/(.+)\Z")
BUNDLE = ("config.json", "vocab.txt", "model.safetensors", "durations.safetensors", "vocos.safetensors")


def missing_files(model: ModelSettings) -> list[str]:
    """What loading this model would have to fetch, or would fail on; empty where all is here."""
    card = CATALOG.get(model.name)
    source = model.checkpoint or (card.source if card else None)
    if source is None:
        return [f"weights: set model.checkpoint ({model.name} has none of its own)"]
    missing = missing_from(source)
    bundled = not source.startswith("hf://") and Path(source).is_dir()
    if model.vocoder is not None or not bundled:
        missing += missing_vocoder(model.vocoder or VOCOS)
    if model.vocab is not None:
        missing += missing_from(model.vocab)
    return missing


def missing_from(source: str) -> list[str]:
    """Of a file, an `hf://` file (looked up in the hub's cache) or an f5-mini bundle: what is not here."""
    if source.startswith("hf://"):
        return [] if _in_hub_cache(source) else [source]
    path = Path(source).expanduser()
    if path == F5_MINI or path.is_dir():
        return [str(path / name) for name in BUNDLE if not (path / name).is_file()]
    return [] if path.is_file() else [source]


def missing_vocoder(source: str) -> list[str]:
    source = str(F5_MINI) if source == "f5-mini" else source
    if not source.startswith("hf://") and (Path(source) / "vocos.safetensors").is_file():
        return []
    return [file for name in ("config.yaml", "pytorch_model.bin") for file in missing_from(f"{source}/{name}")]


def _in_hub_cache(source: str) -> bool:
    from huggingface_hub import try_to_load_from_cache

    match = _HUB.match(source)
    return match is not None and isinstance(try_to_load_from_cache(match[1], match[2]), str)
