"""One source kept alive: connected, read, connected again, until it is stopped or cannot go on."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal

from ishowtts.danmaku.sources.backoff import Backoff
from ishowtts.danmaku.sources.failure import plain_words
from ishowtts.danmaku.sources.source import Item, Source, SourceFailed

log = logging.getLogger(__name__)

Deliver = Callable[[Item], object]
State = Literal["connecting", "live", "waiting", "failed", "stopped"]
_AT_ONCE = 32
"""Items handed on before others have a turn: what is buffered comes without waiting."""


@dataclass(slots=True)
class Progress:
    """What a source is doing. Times are Unix seconds."""

    state: State = "stopped"
    since: float = 0.0
    last_message: float | None = None
    received: int = 0
    reconnects: int = 0
    undelivered: int = 0
    last_error: str | None = None
    last_error_at: float | None = None
    next_try: float | None = None

    def become(self, state: State) -> None:
        if state != self.state:
            self.state, self.since = state, time.time()
        self.next_try = None

    def blame(self, message: str) -> None:
        self.last_error, self.last_error_at = message, time.time()


class Run:
    """`keep` runs until it is cancelled, or trying again would not help."""

    def __init__(self, name: str, source: Source, deliver: Deliver, progress: Progress, backoff: Backoff) -> None:
        self._name, self._source, self._deliver = name, source, deliver
        self._progress, self._backoff = progress, backoff
        self._live_since: float | None = None

    async def keep(self) -> None:
        progress, clock = self._progress, asyncio.get_running_loop().time
        while True:
            self._live_since = None
            progress.become("connecting")
            failure = await self._connect()
            progress.blame(str(failure))
            if failure.final:
                log.error("chat source %s stops: %s", self._name, failure)
                progress.become("failed")
                return
            stood = clock() - self._live_since if self._live_since is not None else 0.0
            seconds = self._backoff.after(stood, failure.wait)
            log.warning("chat source %s: %s Next try in %.1f s.", self._name, failure, seconds)
            progress.become("waiting")
            progress.next_try = time.time() + seconds
            await asyncio.sleep(seconds)
            progress.reconnects += 1

    async def _connect(self) -> SourceFailed:
        """Why it ended."""
        try:
            await self._read()
        except SourceFailed as failure:
            return failure
        except Exception as error:
            if words := plain_words(error):
                return SourceFailed(words)
            log.exception("chat source %s: its connection ended by an error of the program", self._name)
            return SourceFailed(f"Something went wrong inside the server ({type(error).__name__}); its log says what.")
        return SourceFailed("The platform ended the connection.")

    async def _read(self) -> None:
        turn = 0
        async with aclosing(self._source.events(self._live)) as items:
            async for item in items:
                self._hand_on(item)
                turn = (turn + 1) % _AT_ONCE
                if turn == 0:
                    await asyncio.sleep(0)

    def _live(self) -> None:
        if self._live_since is None:
            self._live_since = asyncio.get_running_loop().time()
            self._progress.become("live")
            log.info("chat source %s is live", self._name)

    def _hand_on(self, item: Item) -> None:
        self._progress.received += 1
        self._progress.last_message = time.time()
        try:
            self._deliver(item)
        except Exception:
            # What cannot take one item must not cost the connection.
            self._progress.undelivered += 1
            log.exception("chat source %s: an item could not be handed on", self._name)
