"""`python -m ishowtts.engine.probe`: do the libraries of the engine import together, and what do they see? JSON.

`python -m ishowtts.engine.probe DEVICE DTYPE`: the problem with these two of the settings, or null.

A process of its own, since a torch that does not fit its torchaudio can end the process that imports it.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from ishowtts.errors import ConfigError


def probe() -> dict[str, Any]:
    """`devices` lists (name, what it is); a CUDA build without a device has `cuda_build` but no CUDA device."""
    import torch
    import torchaudio  # noqa: F401 - imported to see that it can be
    import vocos  # noqa: F401

    from ishowtts.engine.upstream import upstream

    upstream("cfm")
    upstream("backbones.dit")
    devices = []
    for index in range(torch.cuda.device_count()):
        major, minor = torch.cuda.get_device_capability(index)
        memory = torch.cuda.get_device_properties(index).total_memory / 2**30
        devices.append((f"cuda:{index}", f"{torch.cuda.get_device_name(index)}, sm_{major}{minor}, {memory:.0f} GiB"))
        torch.zeros(1, device=f"cuda:{index}").add_(1)  # a build without kernels for this device fails here
    if torch.backends.mps.is_available():
        devices.append(("mps", "Apple GPU"))
    return {"devices": devices, "cuda_build": torch.version.cuda}


def problem_with(device: str, dtype: str) -> str | None:
    """Why a model cannot be run there, in that way."""
    from ishowtts.engine.device import place

    try:
        place(device, dtype)
    except ConfigError as error:
        return error.message
    return None


if __name__ == "__main__":
    sys.stdout.write(json.dumps({"problem": problem_with(*sys.argv[1:])} if sys.argv[1:] else probe()))
