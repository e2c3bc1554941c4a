"""How much arithmetic a step is, by counting it from the sizes of the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ishowtts.engine.features import N_MELS

KERNEL, GROUPS = 31, 16  # of the position convolution
TIME_FREQUENCIES = 256


@dataclass(frozen=True)
class Flops:
    """Floating point operations, an addition and a multiplication each counted as one."""

    gemm: int
    attention: int
    convolution: int

    @property
    def total(self) -> int:
        return self.gemm + self.attention + self.convolution


@dataclass(frozen=True)
class Shape:
    """Sizes of a `DiT`; `inner` is heads times head dimension, `ff` the width between the two layers of a block."""

    dim: int
    depth: int
    inner: int
    ff: int
    text_dim: int

    @classmethod
    def of(cls, dit: Any) -> Shape:
        block = dit.transformer_blocks[0]
        return cls(
            dim=dit.dim,
            depth=dit.depth,
            inner=block.attn.inner_dim,
            ff=block.ff.ff[0][0].out_features,
            text_dim=dit.input_embed.proj.in_features - 2 * N_MELS,
        )

    def forward(self, frames: int, rows: int) -> Flops:
        """One forward of upstream's, `rows` sequences of `frames`: 2 under guidance. The text embedding, which is
        there once for a text, is not in it; what is done for each time (0.1 % or less) is."""
        dim, tokens = self.dim, frames * rows
        per_token = (2 * N_MELS + self.text_dim) * dim + dim * N_MELS
        per_token += self.depth * (4 * dim * self.inner + 2 * dim * self.ff)
        per_row = self.depth * 6 * dim**2 + 2 * dim**2
        per_time = TIME_FREQUENCIES * dim + dim**2
        return Flops(
            gemm=2 * (tokens * per_token + rows * per_row + per_time),
            attention=4 * rows * frames**2 * self.inner * self.depth,
            convolution=2 * 2 * tokens * KERNEL * dim * dim // GROUPS,
        )
