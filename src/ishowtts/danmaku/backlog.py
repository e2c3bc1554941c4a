"""What is done about a long queue: less is said of each message, then fewer messages are read."""

from __future__ import annotations

from enum import IntEnum


class Backlog(IntEnum):
    """How bad it is. Each step includes those before it."""

    NONE = 0
    NO_REPEATED_NAMES = 1
    NO_NAMES = 2
    """And a little faster."""
    NEWEST_ONLY = 3
    """Of chat; and it is said, or shown, that messages are left out."""


ABOVE = {Backlog.NO_REPEATED_NAMES: 5, Backlog.NO_NAMES: 10, Backlog.NEWEST_ONLY: 20}
OVER_AT = 2
FASTER = 1.15


class Ladder:
    """Climbs at once, and comes down only when the queue is nearly empty: it must not flicker."""

    def __init__(self) -> None:
        self.step = Backlog.NONE

    def look(self, waiting: int) -> Backlog:
        """The step for a queue of this length."""
        reached = max((step for step, above in ABOVE.items() if waiting > above), default=Backlog.NONE)
        self.step = Backlog.NONE if waiting <= OVER_AT else max(self.step, reached)
        return self.step

    @property
    def speed(self) -> float:
        return FASTER if self.step >= Backlog.NO_NAMES else 1.0
