"""How fast the queue moves, measured, so that a refused caller is told a true time to come back."""

from __future__ import annotations

import math

FIRST_GUESS = 1.0
"""Seconds of sound made in a second, until that was measured."""

MEMORY = 30.0
"""Seconds of work after which a measurement counts a third (1/e)."""

PRIOR = 1.0
"""Seconds of work that the first guess counts for."""


class Pace:
    """Predicted seconds of sound finished for each second with work, by when jobs leave."""

    def __init__(self) -> None:
        self._sound, self._time = FIRST_GUESS * PRIOR, PRIOR
        self._mark = 0.0

    @property
    def rate(self) -> float:
        return self._sound / self._time

    def busy(self, now: float) -> None:
        """Work begins after a time without any."""
        self._mark = now

    def finished(self, now: float, seconds: float) -> None:
        """A job of so many predicted seconds came out at `now` (monotonic seconds)."""
        taken, self._mark = max(0.0, now - self._mark), now
        kept = math.exp(-taken / MEMORY)
        self._sound = self._sound * kept + seconds
        self._time = self._time * kept + taken
