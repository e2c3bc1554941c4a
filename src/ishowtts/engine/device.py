"""Where and how precisely to compute, by what the machine has."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch

from ishowtts.errors import ConfigError

_DTYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}


@dataclass(frozen=True)
class Placement:
    """A device, the dtype of the weights on it, and the dtype of autocast around each ODE step (None: off)."""

    device: torch.device
    weights: torch.dtype
    autocast: torch.dtype | None

    def context(self) -> AbstractContextManager[object]:
        return torch.autocast(self.device.type, self.autocast) if self.autocast else nullcontext()

    @property
    def compute(self) -> torch.dtype:
        """What products of matrices are taken in."""
        return self.autocast or self.weights

    @property
    def name(self) -> str:
        names = {v: k for k, v in _DTYPES.items()}
        return names[self.compute]


def place(device: str, dtype: str) -> Placement:
    """`auto` → CUDA, then MPS, then CPU; fp16 on CUDA from Volta on, bf16 on CPUs that have it, else fp32.

    On a CPU half precision is autocast over fp32 weights: the ODE state and the time grid stay exact.
    """
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    where = torch.device(device)
    if where.type == "cuda" and not torch.cuda.is_available():
        raise ConfigError(f"model.device is {device!r} but torch sees no CUDA device; set it to 'auto' or 'cpu'")
    if where.type == "cuda" and (where.index or 0) >= torch.cuda.device_count():
        raise ConfigError(f"model.device is {device!r} but torch sees {torch.cuda.device_count()} CUDA device(s)")
    if where.type == "mps" and not torch.backends.mps.is_available():
        raise ConfigError("model.device is 'mps' but torch sees no Apple GPU; set it to 'auto' or 'cpu'")
    if where.type == "cpu":
        if dtype == "fp16":
            raise ConfigError("model.dtype 'fp16' is for GPUs; on a CPU use 'auto', 'bf16' or 'fp32'")
        half = dtype == "bf16" or (dtype == "auto" and _cpu_has_bf16())
        return Placement(where, torch.float32, torch.bfloat16 if half else None)
    if dtype == "auto":
        volta = where.type == "cuda" and torch.cuda.get_device_capability(where)[0] >= 7
        return Placement(where, torch.float16 if volta else torch.float32, None)
    return Placement(where, _DTYPES[dtype], None)


def _cpu_has_bf16() -> bool:
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def set_threads(threads: int) -> int:
    """Use `threads` CPU threads, or one for each core this process may run on; returns the number."""
    count = threads or len(os.sched_getaffinity(0))
    torch.set_num_threads(count)
    return count
