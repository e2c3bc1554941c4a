from __future__ import annotations

import pytest
import torch

from ishowtts.engine import attention
from ishowtts.engine.attention import Attention
from ishowtts.engine.packing import Packing

SIZES = [(37, 2), (5, 1), (64, 2)]


@pytest.mark.parametrize("sizes", [SIZES, SIZES[:1]])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("scratch", [attention.SCRATCH, 0])
def test_each_sequence_attends_to_itself_and_to_nothing_else(
    sizes: list[tuple[int, int]], dtype: torch.dtype, scratch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attention, "SCRATCH", scratch)
    packing = Packing.of(sizes, torch.device("cpu"))
    torch.manual_seed(0)
    q, k, v = torch.randn(3, 2, packing.tokens, 64).to(dtype)
    out = Attention()(q / 8, k, v, packing).float()
    assert out.shape == q.shape
    sequences = [s for frames, rows in sizes for s in [frames] * rows]
    parts = [x.float().split(sequences, 1) for x in (q, k, v, out)]
    for own_q, own_k, own_v, got in zip(*parts, strict=True):
        wanted = torch.softmax(own_q @ own_k.mT / 8, -1) @ own_v
        error = (got - wanted).norm() / wanted.norm()
        assert float(error) < (1e-6 if dtype == torch.float32 else 1e-2)
