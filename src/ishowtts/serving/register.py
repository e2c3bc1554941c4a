"""The speeches under way, so that they can be taken back by id, by user or by room."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ishowtts.serving.cancel import CancelToken
from ishowtts.serving.claim import Sender

TAKEN_BACK = "The speech was taken back."


@dataclass(frozen=True, slots=True, eq=False)
class _Entry:
    id: str
    sender: Sender
    token: CancelToken


class Register:
    """Bounded by the connections there are. Belongs to the event loop."""

    def __init__(self) -> None:
        self._entries: set[_Entry] = set()

    def __len__(self) -> int:
        return len(self._entries)

    @contextmanager
    def entered(self, id: str, sender: Sender, token: CancelToken) -> Iterator[None]:
        entry = _Entry(id, sender, token)
        self._entries.add(entry)
        try:
            yield
        finally:
            self._entries.discard(entry)

    def cancel(
        self, *, client: str | None = None, id: str | None = None, user: str | None = None, room: str | None = None
    ) -> int:
        """Trip the tokens of all that match every name given; how many that were."""
        found = [
            entry
            for entry in self._entries
            if client in (None, entry.sender.client)
            and id in (None, entry.id)
            and user in (None, entry.sender.user)
            and room in (None, entry.sender.room)
        ]
        for entry in found:
            entry.token.cancel(TAKEN_BACK)
        return len(found)
