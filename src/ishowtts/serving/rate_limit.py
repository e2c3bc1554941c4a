"""Token buckets: how much one client, room or user may ask for in a minute."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

MOST_NAMES = 10_000


class RateLimit:
    """`per_minute` of something for each name, of which `burst` at once. 0 is no limit.

    Names beyond the bound are forgotten, the longest unused first, and start with a full bucket again.
    """

    def __init__(self, per_minute: float, burst: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = per_minute / 60.0
        self._burst = max(1.0, burst)
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # name: (tokens, when)

    def wait(self, name: str, amount: float = 1.0) -> float:
        """Seconds until `name` may have `amount`; 0 is now. For more than a burst the bucket must be full."""
        if self._rate <= 0:
            return 0.0
        return max(0.0, min(amount, self._burst) - self._tokens(name)) / self._rate

    def take(self, name: str, amount: float = 1.0) -> None:
        """Have it. What is more than there was is owed."""
        if self._rate <= 0:
            return
        self._buckets[name] = (self._tokens(name) - amount, self._clock())
        self._buckets.move_to_end(name)
        while len(self._buckets) > MOST_NAMES:
            self._buckets.popitem(last=False)

    def _tokens(self, name: str) -> float:
        tokens, when = self._buckets.get(name, (self._burst, self._clock()))
        return min(self._burst, tokens + (self._clock() - when) * self._rate)
