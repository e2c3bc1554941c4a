"""The end of the server, told to all who take part: nothing new, what runs may finish, and until when."""

from __future__ import annotations

import asyncio
import time


class Drain:
    """Begins once, and has no way back. Streams that never end by themselves wait on `begun` and say goodbye."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self._deadline = 0.0

    @property
    def left(self) -> float:
        """Seconds for what runs; 0 before it began."""
        return max(0.0, self._deadline - time.monotonic())

    def begin(self, seconds: float) -> None:
        """Call it again to shorten the time, not to lengthen it."""
        deadline = time.monotonic() + seconds
        self._deadline = min(self._deadline, deadline) if self.begun.is_set() else deadline
        self.begun.set()
