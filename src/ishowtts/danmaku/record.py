"""What becomes of each message, told to all who want to know it: counted, written down, and shown in the studio."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping

from ishowtts.danmaku.broker import Broker, Role
from ishowtts.danmaku.event import ChatEvent
from ishowtts.danmaku.event_json import dumped
from ishowtts.danmaku.journal import Journal
from ishowtts.danmaku.message import Message, Outcome
from ishowtts.danmaku.tally import Tally
from ishowtts.danmaku.verdict import is_paid
from ishowtts.store.rooms import Fate, Row

STUDIO: frozenset[Role] = frozenset({"studio"})


class Record:
    """Of one room; `journal` None keeps nothing."""

    def __init__(self, broker: Broker, journal: Journal | None = None) -> None:
        self.tally = Tally()
        self._broker, self._journal = broker, journal

    def keep(self, message: Message) -> None:
        """What is paid for is kept until `let_go`, over a crash too."""
        self.keep_event(message.id, message.event, message.at)

    def keep_event(self, id: str, event: ChatEvent, at: float) -> None:
        if self._journal is not None and is_paid(event):
            self._journal.keep(Row(id, at, dumped(event)))

    def found(self, id: str) -> None:
        """It was on the disk when the process began."""
        if self._journal is not None:
            self._journal.found(id)

    def let_go(self, id: str) -> None:
        if self._journal is not None:
            self._journal.drop(id)

    async def settled(self, seconds: float) -> bool:
        """Until all of it is on the disk, for so long at most."""
        return self._journal is None or await self._journal.settled(seconds)

    def queued(self, message: Message) -> None:
        self._broker.publish("queued", message.told(), roles=STUDIO, replay=False)

    def over(self, message: Message, outcome: Outcome, reason: str = "") -> None:
        """The end of a message; happens once for each."""
        message.state = "over"
        if message.replay:
            return
        self.tally.end(outcome, reason)
        if is_paid(message.event):
            self.let_go(message.id)
        self._tell(message, outcome, reason)

    def part_over(self, id: str, event: ChatEvent, outcome: Outcome, reason: str = "", into: str = "") -> None:
        """The end of what was only a part: it is in the message `into` now, or was taken from a gift that grew."""
        self.tally.end(outcome, reason)
        data = {
            "source": event.source,
            "kind": event.kind,
            "user": event.author.name,
            "user_id": event.user,
            "caption": event.text,
            "into": into,
        }
        told = {"id": id, "outcome": outcome, "reason": reason} | data
        self._broker.publish("over", told, roles=STUDIO, replay=False)
        self._write(id, outcome, reason, data | {"message_id": event.message_id})

    def _tell(self, message: Message, outcome: Outcome, reason: str) -> None:
        data = message.told() | {"outcome": outcome, "reason": reason}
        self._broker.publish("over", data, roles=STUDIO, replay=False)
        self._write(message.id, outcome, reason, data | {"message_id": message.event.message_id})

    def _write(self, id: str, outcome: Outcome, reason: str, data: Mapping[str, object]) -> None:
        if self._journal is not None:
            shown = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
            self._journal.fate(Fate(id, time.time(), outcome, reason, shown))
