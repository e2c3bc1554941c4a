"""What an engine runs on, in words and numbers."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

import torch

from ishowtts.engine.device import Placement


def surroundings(placement: Placement) -> dict[str, Any]:
    """The part of `Engine.describe` that is the same for all engines: device, dtype, threads, versions."""
    return {
        "device": hardware(placement.device),
        "dtype": placement.name,
        "threads": torch.get_num_threads(),
        "versions": {package: _version(package) for package in ("torch", "torchaudio", "f5-tts", "vocos")},
    }


def hardware(device: torch.device) -> str:
    """The name a person knows it by: "NVIDIA H200", "cpu"."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
