"""What a room has read lately, with its sound: to be fetched by a page that is late, and played once more."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from ishowtts.danmaku.message import Message

MOST_KEPT = 32
KEPT_SECONDS = 600.0


class Heard:
    """At most `MOST_KEPT`, for `KEPT_SECONDS` each; the clock is the room's."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._messages: OrderedDict[str, Message] = OrderedDict()

    def keep(self, message: Message) -> None:
        """It is as old as its last sound."""
        message.arrived = self._clock()
        self._messages[message.id] = message
        while len(self._messages) > MOST_KEPT:
            _, oldest = self._messages.popitem(last=False)
            oldest.clip = None

    def get(self, id: str) -> Message | None:
        return self._messages.get(id)

    def last(self) -> Message | None:
        return next(reversed(self._messages.values()), None)

    def forget(self, unwanted: Callable[[Message], bool]) -> list[Message]:
        """Nobody can fetch these or play them again."""
        gone = [message for message in self._messages.values() if unwanted(message)]
        for message in gone:
            del self._messages[message.id]
            message.discard("it was taken back")
        return gone

    def forget_old(self) -> None:
        oldest = self._clock() - KEPT_SECONDS
        self.forget(lambda message: message.arrived < oldest)
