"""What every source is, and how it says that it cannot go on."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import Protocol

from ishowtts.danmaku.event import ChatEvent, Retraction

Item = ChatEvent | Retraction
Live = Callable[[], None]


class SourceFailed(Exception):
    """A connection cannot be made, or is lost; `str` is a sentence for the streamer, without secrets or chat.

    `final`: trying again would not help until somebody changes something. `wait`: seconds before it could.
    """

    def __init__(self, message: str, *, final: bool = False, wait: float = 0.0) -> None:
        super().__init__(message)
        self.final = final
        self.wait = wait


class Source(Protocol):
    """One place that chat comes from; it keeps what must outlive a connection."""

    def events(self, live: Live) -> AsyncGenerator[Item, None]:
        """One connection: calls `live` when it stands, ends or raises `SourceFailed` (or `OSError`, …) when it is over.

        Closing the iterator closes the connection, within a few seconds and without raising.
        """
        ...
