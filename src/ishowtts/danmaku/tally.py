"""What a room did with its chat, in numbers: every message that came is counted once more when its end is known."""

from __future__ import annotations

from collections import Counter, deque
from typing import Any

from ishowtts.danmaku.message import OUTCOMES, Outcome

WAITS = 500
"""Of so many messages that were read, the last, the wait is known."""


class Tally:
    """Since the start of the server. `open` are those whose end is not known yet."""

    def __init__(self) -> None:
        self.received = 0
        self.ends: Counter[Outcome] = Counter()
        self.reasons: Counter[str] = Counter()
        """Why messages were not read."""
        self.spoken_seconds = 0.0
        self._waits: deque[float] = deque(maxlen=WAITS)

    @property
    def open(self) -> int:
        return self.received - sum(self.ends.values())

    def waited(self, seconds: float) -> None:
        """From its arrival to its first sound."""
        self._waits.append(seconds)

    def end(self, outcome: Outcome, reason: str) -> None:
        self.ends[outcome] += 1
        if reason:
            self.reasons[reason] += 1

    def told(self) -> dict[str, Any]:
        """Seconds are None while nothing was read."""
        waits = sorted(self._waits)
        return {
            "received": self.received,
            "open": self.open,
            **{outcome: self.ends[outcome] for outcome in OUTCOMES},
            "reasons": dict(self.reasons),
            "wait_p50": _quantile(waits, 0.5),
            "wait_p95": _quantile(waits, 0.95),
            "spoken_seconds": round(self.spoken_seconds, 2),
        }


def _quantile(ordered: list[float], part: float) -> float | None:
    return round(ordered[min(len(ordered) - 1, int(part * len(ordered)))], 3) if ordered else None
