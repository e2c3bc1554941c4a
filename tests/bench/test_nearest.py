from __future__ import annotations

import numpy as np
import pytest

from ishowtts.bench.nearest import _distance, place


def speech(seed: int, frames: int = 90) -> np.ndarray:
    """Smooth random movement of a hundred bands."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(size=(frames, 100)).cumsum(0)
    kernel = np.ones(9) / 9
    return np.apply_along_axis(lambda row: np.convolve(row, kernel, "same"), 1, steps)


def test_the_same_said_at_another_pace_is_nearest_to_itself() -> None:
    recordings = [speech(seed) for seed in range(6)]
    slow = recordings[2][np.sort(np.r_[np.arange(90), np.arange(20, 60)])]
    found = place(slow, recordings, 2)
    assert found.rank == 1
    assert found.own == pytest.approx(0, abs=0.02)
    assert found.others > 0.3


def test_something_else_ranks_by_distance() -> None:
    recordings = [speech(seed) for seed in range(6)]
    ranks = [place(recordings[4], recordings, own).rank for own in range(6)]
    assert sorted(ranks) == [1, 2, 3, 4, 5, 6]
    assert ranks[4] == 1


def test_loudness_does_not_count() -> None:
    recordings = [speech(seed) for seed in range(3)]
    quiet, loud = (place(recordings[1] + shift, recordings, 0) for shift in (-3.0, 3.0))
    assert quiet.own == pytest.approx(loud.own)


def test_the_warping_is_the_best_there_is() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(7, 3)), rng.normal(size=(9, 3))
    cost = np.linalg.norm(a[:, None] - b[None], axis=-1)
    best = np.full((8, 10), np.inf)
    best[0, 0] = 0
    for i in range(7):
        for j in range(9):
            best[i + 1, j + 1] = cost[i, j] + min(best[i, j], best[i, j + 1], best[i + 1, j])
    assert _distance(a, b) == pytest.approx(best[-1, -1] / 16)
