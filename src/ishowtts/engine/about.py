"""What an engine runs on, in words and numbers."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

import torch


def hardware(device: torch.device) -> str:
    """The card's own name, or the kind of device."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def versions() -> dict[str, str]:
    """Of the packages that decide how speech comes out."""
    return {package: _version(package) for package in ("torch", "torchaudio", "f5-tts", "vocos")}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
