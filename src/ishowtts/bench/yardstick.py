"""How fast the machine is right now: the same arithmetic every time, so that a busy or throttled machine shows."""

from __future__ import annotations

import time

import numpy as np

SIZE = 384
ROUNDS = 24


class Yardstick:
    """A fixed piece of work of some 50 ms on a core: products of matrices, and functions of every element."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        self._start = rng.standard_normal((SIZE, SIZE), dtype=np.float32)
        self._weights = rng.standard_normal((SIZE, SIZE), dtype=np.float32) / np.float32(np.sqrt(SIZE))
        self.measure()

    def measure(self) -> float:
        """Seconds that it takes now."""
        begun = time.perf_counter()
        x = self._start
        for _ in range(ROUNDS):
            x = np.tanh(x @ self._weights)
        return time.perf_counter() - begun
