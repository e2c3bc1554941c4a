"""What a room must not forget, on its way to the disk: written in the background, as fast as the disk takes it.

What is paid for is on disk before its sender is told that it came, and off it before its first sound: a `kill -9` in
between loses nothing, and reads nothing twice.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3

from ishowtts.store.rooms import Batch, Fate, RoomStore, Row

log = logging.getLogger(__name__)

MOST_FATES = 10_000
"""That wait for a slow disk; beyond, the oldest are not written down."""
AGAIN_AFTER = 2.0


class Journal:
    """Of one room. `run` writes until it is cancelled, and then what is left."""

    def __init__(self, store: RoomStore, room: str) -> None:
        self.lost = 0
        """Ends of messages that were never written."""
        self._store, self._room = store, room
        self._add: dict[str, Row] = {}
        self._remove: set[str] = set()
        self._people: dict[str, str] = {}
        self._fates: list[Fate] = []
        self._wake = asyncio.Event()
        self._asked = self._written = 0
        self._news = asyncio.Condition()

    def keep(self, row: Row) -> None:
        """Until `drop`, whatever happens to the process; in the place of another with its id."""
        self._remove.discard(row.id)
        self._add[row.id] = row
        self._changed()

    def drop(self, id: str) -> None:
        self._add.pop(id, None)
        self._remove.add(id)
        self._changed()

    def person(self, key: str, data: str) -> None:
        """What is known of a user from now on; empty to forget it."""
        self._people[key] = data
        self._changed()

    def fate(self, fate: Fate) -> None:
        self._fates.append(fate)
        if len(self._fates) > MOST_FATES:
            del self._fates[0]
            self.lost += 1
        self._changed()

    async def settled(self, seconds: float) -> bool:
        """Until all that was asked for by now is on the disk; False where that took longer than `seconds`."""
        asked = self._asked
        try:
            async with asyncio.timeout(seconds), self._news:
                await self._news.wait_for(lambda: self._written >= asked)
        except TimeoutError:
            log.error("room %s: the disk did not take what happened within %.0f s", self._room, seconds)
            return False
        return True

    async def run(self) -> None:
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                if not await self._write():
                    self._wake.set()
                    await asyncio.sleep(AGAIN_AFTER)
        finally:
            await asyncio.shield(asyncio.ensure_future(self._write()))

    def _changed(self) -> None:
        self._asked += 1
        self._wake.set()

    async def _write(self) -> bool:
        asked = self._asked
        people = tuple(self._people.items())
        batch = Batch(self._room, tuple(self._add.values()), tuple(self._remove), people, tuple(self._fates))
        try:
            await self._store.write(batch)
        except (sqlite3.Error, ValueError) as error:  # ValueError: the connection is closed
            log.error("what happened in room %s cannot be written down: %s", self._room, error)
            return False
        for row in batch.add:
            if self._add.get(row.id) is row:
                del self._add[row.id]
        self._remove -= set(batch.remove)
        for key, data in batch.people:
            if self._people.get(key) is data:
                del self._people[key]
        # The oldest may have been let go meanwhile.
        written = {id(fate) for fate in batch.fates}
        self._fates = [fate for fate in self._fates if id(fate) not in written]
        async with self._news:
            self._written = asked
            self._news.notify_all()
        return True
