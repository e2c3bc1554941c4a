"""How fast this machine multiplies matrices: measured, and by the makers' data sheets for cards."""

from __future__ import annotations

import time

import torch

from ishowtts.bench.system import synchronize

DATA_SHEET = {
    "H200": 989.0,
    "H100": 989.0,
    "A100": 312.0,
    "L40S": 362.0,
    "L4": 121.0,
    "RTX 4090": 165.0,
    "RTX 3090": 71.0,
    "T4": 65.0,
}
"""TFLOP/s of dense fp16 with fp32 sums, by a part of the card's name; nothing here was measured."""


def data_sheet(card: str) -> float | None:
    return next((tflops for name, tflops in DATA_SHEET.items() if name in card), None)


def gemm_tflops(device: torch.device, dtype: torch.dtype, seconds: float = 3.0) -> float:
    """The best of many products of square matrices, in TFLOP/s: what a program can hope for here, now."""
    size = 8192 if device.type == "cuda" else 1536
    a, b = (torch.randn(size, size, device=device).to(dtype) for _ in range(2))
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end or best == float("inf"):
        synchronize(device)
        begun = time.perf_counter()
        torch.mm(a, b)
        synchronize(device)
        best = min(best, time.perf_counter() - begun)
    return 2 * size**3 / best / 1e12
