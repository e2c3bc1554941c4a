"""When a room tries again: at once after one failure, less and less often after several in a row."""

from __future__ import annotations

from collections.abc import Callable

from ishowtts.errors import SpeechError

FAILURES = 3
"""In a row that make a room degraded."""
LONGEST_REST = 60.0
LONGEST_WAIT = 5.0
"""Seconds between two tries where the server cannot take anything now."""


class Rest:
    """On the room's clock."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.failures = 0
        """In a row."""
        self._clock = clock
        self._until = 0.0

    @property
    def over(self) -> bool:
        return self._clock() >= self._until

    @property
    def degraded(self) -> bool:
        return self.failures >= FAILURES

    def worked(self) -> None:
        self.failures = 0

    def failed(self) -> float:
        """Seconds to rest; 0 for the first few."""
        self.failures += 1
        if not self.degraded:
            return 0.0
        seconds = min(LONGEST_REST, 2.0 ** (self.failures - FAILURES + 1))
        self._until = self._clock() + seconds
        return seconds

    def told_to_wait(self, error: SpeechError) -> None:
        """By the server, whose fault it is."""
        self._until = self._clock() + min(LONGEST_WAIT, error.retry_after or 1.0)
