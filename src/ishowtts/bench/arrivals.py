"""When strangers come: at random, whether or not the last one has been answered."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np


def poisson_arrivals(count: int, rate: float, seed: int = 0) -> list[float]:
    """`count` times in seconds, from 0 on, at `rate` a second on average."""
    gaps = np.random.default_rng(seed).exponential(1 / rate, count - 1)
    return [0.0, *np.cumsum(gaps).tolist()]


def arrivals_within(seconds: float, rate: float, seed: int = 0) -> Iterator[float]:
    """Times in 0..`seconds`, at `rate` a second on average."""
    rng = np.random.default_rng(seed)
    at = float(rng.exponential(1 / rate))
    while at < seconds:
        yield at
        at += float(rng.exponential(1 / rate))
