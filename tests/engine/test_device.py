from __future__ import annotations

import pytest
import torch

from ishowtts.engine.device import place
from ishowtts.errors import ConfigError


def test_on_a_cpu_half_precision_is_autocast_over_full_weights() -> None:
    placement = place("cpu", "bf16")
    assert (placement.weights, placement.autocast, placement.name) == (torch.float32, torch.bfloat16, "bf16")
    with placement.context():
        assert (torch.ones(4, 4) @ torch.ones(4, 4)).dtype is torch.bfloat16
    assert place("cpu", "fp32").autocast is None
    assert place("cpu", "auto").name in {"fp32", "bf16"}


def test_what_cannot_be_is_said_in_a_sentence() -> None:
    with pytest.raises(ConfigError, match="for GPUs"):
        place("cpu", "fp16")
    if not torch.cuda.is_available():
        with pytest.raises(ConfigError, match="no CUDA"):
            place("cuda", "auto")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_on_cuda_weights_are_half() -> None:
    assert place("cuda", "auto").weights is torch.float16
