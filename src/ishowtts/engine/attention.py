"""Attention inside each sequence of a packing."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ishowtts.engine.packing import Packing

SCRATCH = 2**24
"""Most scores kept at once on a CPU (32 MiB in bf16)."""


class Attention:
    """q, k, v (heads, tokens, 64) → (heads, tokens, 64); q comes scaled.

    On a CPU in bf16 two products of matrices with a softmax between beat the fused kernel 1.5 to 1.8 times (two Zen 4
    cores, 400-1000 frames), if the scores lie in memory that is already there. Longer sequences, and fp32, go to the
    fused kernel, which keeps no scores.
    """

    def __init__(self) -> None:
        self._scratch: Tensor | None = None

    def __call__(self, q: Tensor, k: Tensor, v: Tensor, packing: Packing) -> Tensor:
        out = torch.empty_like(q)
        for span in packing.spans:
            tokens = slice(span.start, span.stop)
            shape = (len(q) * span.rows, span.frames, q.shape[2])
            own = [x[:, tokens].reshape(shape) for x in (q, k, v)]
            if q.dtype == torch.bfloat16 and q.device.type == "cpu" and shape[0] * shape[1] ** 2 <= SCRATCH:
                said = self._by_products(*own)
            else:
                said = F.scaled_dot_product_attention(own[0][None], own[1][None], own[2][None], scale=1.0)[0]
            if len(packing.spans) == 1:
                return said.view_as(q)
            out[:, tokens] = said.view(len(q), -1, q.shape[2])
        return out

    def _by_products(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        if self._scratch is None:
            self._scratch = q.new_empty(SCRATCH)
        b, n, _ = q.shape
        scores = self._scratch[: b * n * n].view(b, n, n)
        torch.bmm(q, k.mT, out=scores)
        torch.softmax(scores, -1, out=scores)  # in place: half the memory traffic
        return torch.bmm(scores, v)
