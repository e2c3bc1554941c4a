"""How long to wait before the next attempt."""

from __future__ import annotations

import random
from dataclasses import dataclass, field


@dataclass(slots=True)
class Backoff:
    """Doubles from `least` to `most` seconds; begins anew after a connection that stood for `good` seconds.

    Each wait is between a half and the whole of its step, so that many clients do not come back at once.
    """

    least: float = 1.0
    most: float = 120.0
    good: float = 60.0
    _failures: int = field(default=0, init=False)

    def after(self, stood: float, at_least: float = 0.0) -> float:
        """Seconds to wait after a connection that stood for so many; never less than half of `least`."""
        self._failures = 0 if stood >= self.good else self._failures
        step = min(self.most, self.least * 2.0 ** min(self._failures, 32))
        self._failures += 1
        jitter = random.uniform(0.5, 1.0)  # noqa: S311 - no secret
        # A wait that the platform asked for is stretched, not cut.
        return max(step * jitter, at_least * (1.5 - jitter / 2))
