"""All rooms of this server, what they keep, and where their chat comes from."""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ishowtts.danmaku import filters
from ishowtts.danmaku.event import ChatEvent, Retraction
from ishowtts.danmaku.journal import Journal
from ishowtts.danmaku.policy import Policy
from ishowtts.danmaku.room import SEEN_SECONDS, Room
from ishowtts.danmaku.sources.supervisor import Supervisor
from ishowtts.danmaku.stage import Voice
from ishowtts.errors import ConfigError, RoomNotFound, StorageFailed
from ishowtts.settings.chat_sources import AnyChat
from ishowtts.store.rooms import MOST_HISTORY, Fate, RoomStore, room_store
from ishowtts.text.language import Language

log = logging.getLogger(__name__)


class Rooms:
    """`open` and `close` it with the server; in between, each room reads."""

    def __init__(
        self,
        policies: Mapping[str, Policy],
        voice: Callable[[str], Voice],
        default_voices: Mapping[Language, str],
        *,
        state_file: Path | None = None,
        sources: Iterable[AnyChat] = (),
    ) -> None:
        """`voice` makes the one of a room. Raises `ConfigError` for a source whose room is not there."""
        self.kept = False
        """Whether what is paid for survives a crash."""
        self.sources = Supervisor(self._deliver)
        self._policies, self._voice, self._default_voices = dict(policies), voice, dict(default_voices)
        self._state_file, self._configured = state_file, list(sources)
        self._rooms: dict[str, Room] = {}
        self._running: list[asyncio.Task[None]] = []
        self._stack = AsyncExitStack()
        for source in self._configured:
            if source.room not in self._policies:
                raise ConfigError(f"danmaku.sources: {source.id} feeds a room that is not there: {source.room}")

    async def open(self) -> None:
        """Take up what waited, and begin to read."""
        self._store = await self._opened()
        for name, policy in self._policies.items():
            room = Room(
                name,
                policy,
                self._voice(name),
                journal=Journal(self._store, name),
                default_voices=self._default_voices,
            )
            self._rooms[name] = room
            await self._restore(room)
            self._running.append(asyncio.create_task(room.run(), name=f"room {name}"))
        for source in self._configured:
            self.sources.add(source, self.get(source.room).take)

    async def close(self) -> None:
        """Let every listener go, stop sources and rooms, and write down what is left."""
        await self.sources.close()
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)
        await self._stack.aclose()

    def get(self, name: str) -> Room:
        """Raises `RoomNotFound`."""
        room = self._rooms.get(name)
        if room is None:
            raise RoomNotFound("There is no room of this name; [danmaku.rooms.NAME] in the settings makes one.")
        return room

    def all(self) -> list[Room]:
        return list(self._rooms.values())

    def configured(self, room: Room) -> Policy:
        """Its policy as the settings of the server have it."""
        return self._policies[room.name]

    def add_source(self, source: AnyChat) -> None:
        """While the server runs. Raises `RoomNotFound`, `SourceExists`, `TooManySources`."""
        self.sources.add(source, self.get(source.room).take)

    async def history(self, room: Room, limit: int) -> list[Fate]:
        """The newest first. Raises `StorageFailed`."""
        with _told_of_the_disk(room):
            return await self._store.history(room.name, limit)

    async def configure(self, room: Room, policy: Policy | None, expected: int) -> None:
        """Read by this policy from now on, over restarts; None is that of the settings.

        Raises `VersionConflict`, `StorageFailed`."""
        wanted = policy or self._policies[room.name]
        await asyncio.to_thread(filters.prepare, wanted)
        data = wanted.model_dump_json(exclude_unset=True) if policy is not None else ""
        with _told_of_the_disk(room):
            version = await self._store.put_config(room.name, data, expected)
        room.use(wanted, version)

    def _deliver(self, item: ChatEvent | Retraction) -> None:
        self._rooms[next(iter(self._rooms))].take(item)

    async def _opened(self) -> RoomStore:
        """In memory where the file cannot be used: speech must not depend on it."""
        if self._state_file is not None:
            try:
                store = await self._stack.enter_async_context(room_store(self._state_file))
            except ConfigError as error:
                log.warning("chat is read aloud, but nothing of it is kept over a restart: %s", error)
            else:
                self.kept = True
                return store
        return await self._stack.enter_async_context(room_store(None))

    async def _restore(self, room: Room) -> None:
        stored = await self._store.config(room.name)
        if stored is not None:
            version, data = stored
            room.use(self._stored_policy(room, data), version)
        room.people.load(await self._store.users(room.name))
        since = time.time() - SEEN_SECONDS
        past = [fate for fate in await self._store.history(room.name, MOST_HISTORY) if fate.at >= since]
        count = room.restore(await self._store.waiting(room.name), past)
        if count:
            log.info("room %s: %d paid messages that waited at the last stop are read now", room.name, count)

    def _stored_policy(self, room: Room, data: str) -> Policy:
        if not data:
            return room.policy
        try:
            return Policy.model_validate_json(data)
        except ValidationError:
            log.error("room %s: its stored settings cannot be read; those of the file are used", room.name)
            return room.policy


@contextmanager
def _told_of_the_disk(room: Room) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        log.error("room %s: the state file cannot be used: %s", room.name, error)
        raise StorageFailed("The disk of the server is full, or its state file cannot be used.") from error


def shown(fate: Fate) -> dict[str, Any]:
    """A line of the history, for pages."""
    data: dict[str, Any] = json.loads(fate.data)
    return {"id": fate.id, "over_at_ms": round(fate.at * 1000), "outcome": fate.outcome, "reason": fate.reason} | data
