"""Frames of sound, one every hop, added up where they overlap."""

from __future__ import annotations

from torch import Tensor

from ishowtts.engine.features import HOP_LENGTH

N_FFT = 1024


def overlap_add(frames: Tensor) -> Tensor:
    """frames (..., n, 1024), one every 256 samples → (..., n - 1, 256): without the half frame at either end, as a
    centred inverse STFT leaves it out. Four blocks a frame, four shifted sums: no scatter, and the same in every
    order."""
    per_frame = N_FFT // HOP_LENGTH
    *batch, n, _ = frames.shape
    blocks = frames.view(*batch, n, per_frame, HOP_LENGTH)
    out = frames.new_zeros(*batch, n + per_frame - 1, HOP_LENGTH)
    for i in range(per_frame):
        out[..., i : i + n, :] += blocks[..., i, :]
    return out[..., per_frame // 2 : per_frame // 2 + n - 1, :]
