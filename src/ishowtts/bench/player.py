"""A listener: starts to play with the first sound, and stands still where the next is late."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Player:
    """Times are seconds on any one clock."""

    first: float | None = None
    last: float | None = None
    """When sound came: the first of it, and the last so far."""
    heard: float = 0.0
    """Seconds of sound that came."""
    deficit: float = 0.0
    """Seconds of silence in the middle: how much later it would have had to start to play without a gap."""
    gaps: int = 0

    def feed(self, at: float, seconds: float) -> None:
        """`seconds` of sound came at `at`."""
        if self.first is None:
            self.first = at
        late = at - self.first - self.heard
        if late > self.deficit:
            self.deficit = late
            self.gaps += 1
        self.heard += seconds
        self.last = at
