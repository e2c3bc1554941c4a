"""One message on its way through a room."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any, Literal

from ishowtts.danmaku.clip import Clip
from ishowtts.danmaku.event import ChatEvent
from ishowtts.danmaku.merge import times
from ishowtts.danmaku.queue import Rank
from ishowtts.danmaku.reading import Line
from ishowtts.danmaku.verdict import Verdict

State = Literal["held", "queued", "making", "playing", "over"]
Outcome = Literal["read", "stopped", "merged", "dropped", "failed"]
"""Every message has exactly one in the end; `stopped` is one of which a part was heard."""
OUTCOMES: tuple[Outcome, ...] = ("read", "stopped", "merged", "dropped", "failed")


def new_id() -> str:
    """128 bits that nobody guesses: who knows it may fetch the sound."""
    return secrets.token_hex(16)


@dataclass(slots=True, eq=False)
class Message:
    """`arrived` is on the room's clock, `at` in unix seconds."""

    verdict: Verdict
    rank: Rank
    arrived: float
    at: float
    id: str = field(default_factory=new_id)
    state: State = "queued"
    said: int = 1
    """How often the same was said while it waited."""
    tries: int = 0
    line: Line | None = None
    clip: Clip | None = None
    speed: float = 1.0
    replay: bool = False
    """Heard before, and not counted again."""

    @property
    def event(self) -> ChatEvent:
        return self.verdict.event

    def discard(self, reason: str) -> None:
        """Stop the work on its sound, and throw it away."""
        if self.clip is not None and not self.replay:  # a replay has the sound of another
            self.clip.discard(reason)
        self.clip = None

    def told(self) -> dict[str, Any]:
        """What listeners are told of it; never the spoken text, which is made for an engine."""
        event, verdict = self.event, self.verdict
        return {
            "id": self.id,
            "source": event.source,
            "kind": event.kind,
            "user": "" if verdict.anonymous else event.author.name,
            "user_id": "" if verdict.anonymous else event.user,
            "caption": times(verdict.caption, self.said),
            "amount": None if event.amount is None else str(event.amount),
            "currency": event.currency,
            "gift": event.gift,
            "count": event.count,
            "color": event.color,
            "rank": self.rank,
            "state": self.state,
            "at_ms": round(self.at * 1000),
            "replay": self.replay,
        }
