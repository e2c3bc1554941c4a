"""Messages that may not be read yet: until somebody approves, or for the delay of the room."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ishowtts.danmaku.message import Message
from ishowtts.danmaku.person import at_least
from ishowtts.danmaku.policy import ReviewPolicy
from ishowtts.danmaku.queue import KEPT

MOST_HELD = 200
MOST_DELAYED = 2000
HELD_SECONDS = 600.0
"""After so long nobody approves chat any more; what is paid for waits on."""


class Released(NamedTuple):
    """What goes on to the queue, and what has waited too long."""

    ready: list[Message]
    stale: list[Message]


class Review:
    """Of one room, on its clock."""

    def __init__(self, policy: ReviewPolicy, clock: Callable[[], float]) -> None:
        self.policy = policy
        self._clock = clock
        self._held: dict[str, Message] = {}
        self._delayed: list[tuple[float, Message]] = []

    def held(self) -> list[Message]:
        """Those that wait for somebody, the oldest first."""
        return list(self._held.values())

    def take(self, message: Message) -> tuple[bool, Message | None]:
        """Whether it stays here, and what is lost by that, which may be the message itself."""
        event = message.event
        if event.kind in self.policy.kinds and not at_least(event.author, self.policy.free_from):
            message.state = "held"
            self._held[message.id] = message
            return True, self._overflow() if len(self._held) > MOST_HELD else None
        if self.policy.delay_seconds <= 0:
            return False, None
        lost = None
        if len(self._delayed) >= MOST_DELAYED and (lost := self._make_room(message)) is message:
            return True, message
        self._delayed.append((self._clock() + self.policy.delay_seconds, message))
        return True, lost

    def due(self) -> Released:
        """What has waited long enough."""
        now = self._clock()
        ready = [message for at, message in self._delayed if at <= now]
        self._delayed = [entry for entry in self._delayed if entry[0] > now]
        old = [m for m in self._held.values() if m.rank not in KEPT and now - m.arrived > HELD_SECONDS]
        for message in old:
            del self._held[message.id]
        return Released(ready, old)

    def approve(self, id: str) -> Message | None:
        """It goes on to the queue, and begins to age only now."""
        message = self._held.pop(id, None)
        if message is not None:
            message.arrived = self._clock()
        return message

    def remove(self, unwanted: Callable[[Message], bool]) -> list[Message]:
        """Take out all of these."""
        gone = [message for message in self._held.values() if unwanted(message)]
        for message in gone:
            del self._held[message.id]
        late = [message for _, message in self._delayed if unwanted(message)]
        self._delayed = [entry for entry in self._delayed if not unwanted(entry[1])]
        return gone + late

    def _make_room(self, message: Message) -> Message:
        """What is not delayed any more: chat never in the place of what is paid for."""
        if message.rank in KEPT:
            for index, (_, other) in enumerate(self._delayed):
                if other.rank not in KEPT:
                    return self._delayed.pop(index)[1]
        return message

    def _overflow(self) -> Message:
        least = next((m for m in self._held.values() if m.rank not in KEPT), next(iter(self._held.values())))
        return self._held.pop(least.id)
