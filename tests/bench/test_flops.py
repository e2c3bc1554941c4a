"""The formula against torch's own counter, on upstream's forward."""

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from ishowtts.bench.flops import Shape
from tests.engine.conftest import random_cfm, small


@pytest.mark.parametrize("guided", [True, False])
@pytest.mark.parametrize("name", ["F5TTS_v1_Base", "F5TTS_Base"])
def test_the_formula_is_what_torch_counts(name: str, guided: bool) -> None:
    dit = random_cfm(small(name), 20).eval().transformer
    frames = 90
    arguments = {
        "x": torch.randn(1, frames, 100),
        "cond": torch.randn(1, frames, 100),
        "text": torch.randint(1, 20, (1, 40)),
        "time": torch.tensor(0.5),
        "cfg_infer": guided,
        "cache": True,
    }
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH):  # the counter does not know the fused kernel of CPUs
        dit(**{**arguments, "cfg_infer": True})  # both text embeddings: without guidance upstream caches neither
        with FlopCounterMode(display=False) as counter:
            dit(**arguments)
    counts = {str(op): count for op, count in counter.get_flop_counts()["Global"].items()}
    expected = Shape.of(dit).forward(frames, 2 if guided else 1)
    assert counts.pop("aten.convolution") == expected.convolution
    assert counts.pop("aten.bmm") == expected.attention
    assert sum(counts.values()) == expected.gemm
    assert counter.get_total_flops() == expected.total
