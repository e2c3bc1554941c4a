"""What an engine runs on, in words and numbers."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

import torch

from ishowtts.engine.device import Placement


def surroundings(placement: Placement) -> dict[str, Any]:
    """The part of `Engine.describe` that is the same for all engines: device, dtype, threads, versions."""
    device = placement.device
    return {
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
        "dtype": placement.name,
        "threads": torch.get_num_threads(),
        "versions": {package: _version(package) for package in ("torch", "torchaudio", "f5-tts", "vocos")},
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
