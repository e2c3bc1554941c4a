from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ishowtts.engine.schedule import EPSS, moves, time_grid
from ishowtts.engine.upstream import upstream


@given(nfe_step=st.integers(1, 64), sway=st.floats(-1, 1))
def test_times_rise_strictly_from_0_to_1_in_every_dtype_they_are_used_in(nfe_step: int, sway: float) -> None:
    grid = time_grid(nfe_step, sway)
    assert len(grid) == nfe_step + 1
    assert (grid[0], grid[-1]) == (0.0, 1.0)
    for dtype in (torch.float64, torch.float32):
        assert bool((torch.tensor(grid, dtype=dtype).diff() > 0).all())


def test_half_precision_would_not_do() -> None:
    grid = upstream("utils").get_epss_timesteps(7, device="cpu", dtype=torch.bfloat16)
    swayed = grid - (torch.cos(torch.pi / 2 * grid) - 1 + grid)
    assert float(swayed[1]) < 0.82 * time_grid(7, -1.0)[1]


@pytest.mark.parametrize("nfe_step", [*EPSS, 1, 8, 32])
@pytest.mark.parametrize("sway", [-1.0, 0.0, 0.4])
def test_it_is_upstreams_grid(nfe_step: int, sway: float) -> None:
    t = upstream("utils").get_epss_timesteps(nfe_step, device="cpu", dtype=torch.float64)
    t = t + sway * (torch.cos(torch.pi / 2 * t) - 1 + t)
    assert time_grid(nfe_step, sway) == pytest.approx(t.tolist(), abs=1e-12)


def test_euler_is_a_move_a_step_and_the_midpoint_rule_two() -> None:
    euler, midpoint = moves(5, -1.0), moves(5, -1.0, "midpoint")
    assert len(midpoint) == 2 * len(euler) == 10
    assert sum(move.h for move in euler) == pytest.approx(1)
    assert sum(move.h for move in midpoint if move.ends_step) == pytest.approx(1)
    half, whole = midpoint[:2]
    assert (half.t, half.h, half.ends_step) == (0.0, pytest.approx(whole.h / 2), False)
    assert (whole.t, whole.ends_step) == (pytest.approx(whole.h / 2), True)
