"""When the flow is evaluated, and how far each evaluation carries the state.

The grid is that of F5-TTS: Empirically Pruned Step Sampling (arXiv 2505.19931) for the step counts it was tuned for,
even steps for the others, then bent by sway sampling. It is worked out in double precision and never in the dtype of
the weights: in bf16 the first of seven steps would be a fifth too short.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

OdeMethod = Literal["euler", "midpoint"]

EPSS = {
    5: (0, 2, 4, 8, 16, 32),
    6: (0, 2, 4, 6, 8, 16, 32),
    7: (0, 2, 4, 6, 8, 16, 24, 32),
    10: (0, 2, 4, 6, 8, 12, 16, 20, 24, 28, 32),
    12: (0, 2, 4, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32),
    16: (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32),
}
"""Tuned grids by number of steps, in 32nds."""


@dataclass(frozen=True, slots=True)
class Move:
    """One evaluation of the flow, at time `t`; the state becomes `start + h * v`.

    `start` is the state at the beginning of the ODE step; it moves along when `ends_step`.
    """

    t: float
    h: float
    ends_step: bool = True


def time_grid(nfe_step: int, sway_sampling_coef: float) -> tuple[float, ...]:
    """`nfe_step + 1` strictly increasing times from 0 to 1.

    Sway sampling: t + s (cos(πt/2) - 1 + t), which slows down near 0 for s < 0 (F5-TTS, arXiv 2410.06885, eq. 7).
    """
    even = [i / nfe_step for i in range(nfe_step + 1)]
    grid = [i / 32 for i in EPSS[nfe_step]] if nfe_step in EPSS else even
    swayed = [t + sway_sampling_coef * (math.cos(math.pi / 2 * t) - 1 + t) for t in grid]
    return (0.0, *swayed[1:-1], 1.0)


def moves(nfe_step: int, sway_sampling_coef: float, method: OdeMethod = "euler") -> tuple[Move, ...]:
    """What a job does, one move a forward: `nfe_step` of them for Euler, twice as many for the midpoint rule."""
    grid = time_grid(nfe_step, sway_sampling_coef)
    steps = list(pairwise(grid))
    if method == "euler":
        return tuple(Move(a, b - a) for a, b in steps)
    halves = [(Move(a, (b - a) / 2, ends_step=False), Move((a + b) / 2, b - a)) for a, b in steps]
    return tuple(move for pair in halves for move in pair)
