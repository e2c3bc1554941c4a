from __future__ import annotations

import pytest
import torch

from ishowtts.engine.modulation import Modulation
from tests.engine.conftest import random_cfm, small

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def dit() -> torch.nn.Module:
    module = random_cfm(small(), 60).transformer
    assert isinstance(module, torch.nn.Module)
    return module.eval()


@torch.no_grad()
def test_a_row_is_what_the_blocks_compute_from_a_time(dit: torch.nn.Module) -> None:
    modulation = Modulation(dit, 4, CPU)
    for t in (0.0, 0.0761, 1.0):
        (slot,) = modulation.slots([t])
        emb = torch.nn.functional.silu(dit.time_embed(torch.tensor([t])))  # type: ignore[operator]
        for layer, block in enumerate(dit.transformer_blocks):  # type: ignore[arg-type]
            torch.testing.assert_close(modulation.blocks[layer, slot], block.attn_norm.linear(emb)[0])
        torch.testing.assert_close(modulation.final[slot], dit.norm_out.linear(emb)[0])  # type: ignore[union-attr, operator]


def test_the_times_used_last_are_kept_and_the_table_does_not_grow(dit: torch.nn.Module) -> None:
    modulation = Modulation(dit, 3, CPU)
    rows = {t: modulation.blocks[:, modulation.slots([t])[0]].clone() for t in (0.1, 0.2, 0.3, 0.4)}
    assert len(modulation) == modulation.capacity == 3
    assert len(set(modulation.slots([0.2, 0.3, 0.4]))) == 3
    modulation.slots([0.2])  # the oldest is now 0.3
    slots = dict(zip((0.1, 0.2, 0.4), modulation.slots([0.1, 0.2, 0.4]), strict=True))
    assert len(modulation) == 3
    for t, slot in slots.items():
        assert torch.equal(modulation.blocks[:, slot], rows[t])


def test_one_step_may_not_need_more_times_than_there_are_rows(dit: torch.nn.Module) -> None:
    modulation = Modulation(dit, 2, CPU)
    assert len(set(modulation.slots([0.5, 0.5, 0.6]))) == 2
    with pytest.raises(ValueError, match="3 times at once, the table holds 2"):
        modulation.slots([0.5, 0.6, 0.7])
