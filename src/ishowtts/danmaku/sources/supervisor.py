"""All sources of chat of this server: added, started, stopped and removed while it runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from ishowtts.danmaku.sources.backoff import Backoff
from ishowtts.danmaku.sources.build import build
from ishowtts.danmaku.sources.run import Deliver, Progress, Run
from ishowtts.danmaku.sources.source import Source
from ishowtts.errors import SourceExists, SourceNotFound, TooManySources
from ishowtts.settings.chat_sources import AnyChat

log = logging.getLogger(__name__)

MOST_SOURCES = 16
STOP_SECONDS = 0.9
"""That a stop waits for a source to say farewell; what takes longer goes on by itself."""


@dataclass(slots=True)
class _Entry:
    config: AnyChat
    deliver: Deliver
    progress: Progress = field(default_factory=Progress)
    task: asyncio.Task[None] | None = None


class Supervisor:
    """Belongs to one event loop. Hands every item to `deliver`, which must return at once."""

    def __init__(
        self,
        deliver: Deliver,
        *,
        most: int = MOST_SOURCES,
        build: Callable[[AnyChat], Source] = build,
        backoff: Callable[[], Backoff] = Backoff,
    ) -> None:
        self._deliver = deliver
        self._most, self._build, self._backoff = most, build, backoff
        self._entries: dict[str, _Entry] = {}
        self._leaving: dict[str, asyncio.Task[None]] = {}

    def add(self, config: AnyChat, deliver: Deliver | None = None) -> None:
        """Starts it too, if it is enabled; `deliver` is for this source only.

        Raises `SourceExists`, `TooManySources`.
        """
        if config.id in self._entries:
            raise SourceExists("A source with this id is there already: remove it first, or give another id.")
        if len(self._entries) >= self._most:
            raise TooManySources(f"There are {self._most} sources, as many as may be: remove one first.")
        self._entries[config.id] = _Entry(config, deliver or self._deliver)
        if config.enabled:
            self.start(config.id)

    def start(self, name: str) -> None:
        """Does nothing where it runs. Raises `SourceNotFound`."""
        entry = self._entry(name)
        if entry.task is not None and not entry.task.done():
            return
        entry.progress = Progress()
        entry.progress.become("connecting")
        # A new one: where the one before left off is what was said while nobody wanted it read.
        run = Run(name, self._build(entry.config), entry.deliver, entry.progress, self._backoff())
        entry.task = asyncio.create_task(self._after_the_last(name, run), name=f"chat source {name}")

    async def stop(self, name: str) -> None:
        """Within a second nothing of it is handed on any more. Raises `SourceNotFound`."""
        entry = self._entry(name)
        task, entry.task = entry.task, None
        if task is None:
            return
        self._leave(name, task)
        await asyncio.wait({task}, timeout=STOP_SECONDS)
        if entry.task is None:  # not started again meanwhile
            entry.progress.become("stopped")

    async def remove(self, name: str) -> None:
        """Stops it first. Raises `SourceNotFound`."""
        entry = self._entry(name)
        await self.stop(name)
        if self._entries.get(name) is entry:
            del self._entries[name]

    async def close(self) -> None:
        """Stop all, within a second."""
        for name, entry in self._entries.items():
            if entry.task is not None:
                self._leave(name, entry.task)
                entry.task = None
                entry.progress.become("stopped")
        if self._leaving:
            await asyncio.wait(self._leaving.values(), timeout=STOP_SECONDS)

    def configs(self) -> list[AnyChat]:
        return [entry.config for entry in self._entries.values()]

    def status(self, name: str | None = None) -> list[dict[str, Any]]:
        """Of one or all, fit for JSON and without secrets. Raises `SourceNotFound`."""
        entries = [self._entry(name)] if name is not None else list(self._entries.values())
        return [_describe(entry) for entry in entries]

    def _entry(self, name: str) -> _Entry:
        entry = self._entries.get(name)
        if entry is None:
            raise SourceNotFound("There is no source of chat with this id.")
        return entry

    def _leave(self, name: str, task: asyncio.Task[None]) -> None:
        task.cancel()
        self._leaving[name] = task
        task.add_done_callback(lambda done: self._left(name, done))

    def _left(self, name: str, task: asyncio.Task[None]) -> None:
        if self._leaving.get(name) is task:
            del self._leaving[name]
        if not task.cancelled() and task.exception() is not None:
            log.error("chat source %s could not end in order", name, exc_info=task.exception())

    async def _after_the_last(self, name: str, run: Run) -> None:
        """A platform may refuse a second session while the one before is being closed."""
        last = self._leaving.get(name)
        if last is not None:
            await asyncio.wait({last})
        await run.keep()


def _describe(entry: _Entry) -> dict[str, Any]:
    config = entry.config
    return {"id": config.id, "type": config.type, "place": config.place, "room": config.room} | asdict(entry.progress)
