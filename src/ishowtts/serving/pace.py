"""How fast the queue moves, measured, so that a refused caller is told a true time to come back."""

from __future__ import annotations

FIRST_GUESS = 1.0
"""Seconds per job until one was measured."""

WEIGHT = 0.2
"""Of the newest measurement in the moving average."""

SHORTEST, LONGEST = 1.0, 120.0


class Pace:
    """Seconds between finished jobs while there is work: jobs stepped together are counted as they really leave."""

    def __init__(self) -> None:
        self._per_job: float | None = None
        self._mark = 0.0

    def busy(self, now: float) -> None:
        """Work begins after a time without any."""
        self._mark = now

    def finished(self, now: float) -> None:
        """A job came out at `now` (monotonic seconds)."""
        taken, self._mark = max(0.0, now - self._mark), now
        self._per_job = taken if self._per_job is None else self._per_job + WEIGHT * (taken - self._per_job)

    def wait(self, jobs: int) -> float:
        """Seconds until this many jobs are done, within what is sane to tell a client."""
        per_job = FIRST_GUESS if self._per_job is None else self._per_job
        return min(LONGEST, max(SHORTEST, jobs * per_job))
