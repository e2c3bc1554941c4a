"""What a room must not forget, on its way to the disk: written in the background, as fast as the disk takes it.

What is paid for is on disk before its sender is told that it came, and off it before its first sound: a `kill -9` in
between loses nothing, and reads nothing twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3

from ishowtts.store.rooms import Batch, Fate, RoomStore, Row

log = logging.getLogger(__name__)

MOST_FATES = 10_000
"""That wait for a slow disk; beyond, the oldest are not written down."""
MOST_PEOPLE = 10_000
AGAIN_AFTER = 2.0
GATHER = 0.1
"""Seconds in which what nobody waits for is gathered, so that a flood is not a write for each message."""


class Journal:
    """Of one room. `run` writes until it is cancelled, and then what is left."""

    def __init__(self, store: RoomStore, room: str) -> None:
        self.lost = 0
        """Ends of messages that were never written."""
        self.failing = False
        """Whether the last write did not succeed: the disk is full, or gone."""
        self._store, self._room = store, room
        self._add: dict[str, Row] = {}
        self._remove: set[str] = set()
        self._on_disk: set[str] = set()
        """Rows that are there, or may be soon: nothing else need be removed."""
        self._people: dict[str, str] = {}
        self._fates: list[Fate] = []
        self._wake, self._hurry = asyncio.Event(), asyncio.Event()
        self._writing: asyncio.Future[bool] | None = None
        self._asked = self._written = 0
        self._news = asyncio.Condition()

    def found(self, id: str) -> None:
        """It is on the disk from before."""
        self._on_disk.add(id)

    def keep(self, row: Row) -> None:
        """Until `drop`, whatever happens to the process; in the place of another with its id."""
        self._remove.discard(row.id)
        self._add[row.id] = row
        self._changed(hurry=True)

    def drop(self, id: str) -> None:
        known = self._add.pop(id, None) is not None
        if id in self._on_disk:
            self._remove.add(id)
            known = True
        if known:
            self._changed(hurry=True)

    def person(self, key: str, data: str) -> None:
        """What is known of a user from now on; empty to forget it."""
        self._people.pop(key, None)
        self._people[key] = data
        while len(self._people) > MOST_PEOPLE:
            del self._people[next(iter(self._people))]
        self._changed()

    def fate(self, fate: Fate) -> None:
        self._fates.append(fate)
        if len(self._fates) > MOST_FATES:
            del self._fates[0]
            self.lost += 1
        self._changed()

    async def settled(self, seconds: float) -> bool:
        """Until all that was asked for by now is on the disk; False where that takes longer than `seconds`, or the disk
        takes nothing."""
        asked = self._asked
        self._hurry.set()
        try:
            async with asyncio.timeout(seconds), self._news:
                await self._news.wait_for(lambda: self._written >= asked or self.failing)
        except TimeoutError:
            log.error("room %s: the disk did not take what happened within %.0f s", self._room, seconds)
        return self._written >= asked

    async def run(self) -> None:
        try:
            while True:
                await self._wake.wait()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(GATHER):
                        await self._hurry.wait()
                self._wake.clear()
                self._hurry.clear()
                # A write that is broken off may have happened all the same, and would then be made twice.
                self._writing = asyncio.ensure_future(self._write())
                if not await asyncio.shield(self._writing):
                    self._wake.set()
                    await asyncio.sleep(AGAIN_AFTER)
        finally:
            await asyncio.shield(asyncio.ensure_future(self._write_the_rest()))

    def _changed(self, *, hurry: bool = False) -> None:
        self._asked += 1
        self._wake.set()
        if hurry:
            self._hurry.set()

    async def _write_the_rest(self) -> None:
        if self._writing is not None:
            await self._writing
        if self._written < self._asked:
            await self._write()

    async def _write(self) -> bool:
        asked = self._asked
        people = tuple(self._people.items())
        batch = Batch(self._room, tuple(self._add.values()), tuple(self._remove), people, tuple(self._fates))
        self._on_disk.update(self._add)
        try:
            await self._store.write(batch)
        except Exception as error:  # whatever it is, the journal must go on
            await self._failed(error)
            return False
        self._forget(batch)
        if self.failing:
            log.warning("room %s: the disk takes what happens again", self._room)
        async with self._news:
            self.failing, self._written = False, asked
            self._news.notify_all()
        return True

    async def _failed(self, error: Exception) -> None:
        if not self.failing:
            known = isinstance(error, sqlite3.Error | ValueError)  # ValueError: the connection is closed
            log.error(
                "room %s: what happens cannot be written down, and would not survive a crash: %s",
                self._room,
                error,
                exc_info=None if known else error,
            )
        async with self._news:
            self.failing = True
            self._news.notify_all()

    def _forget(self, batch: Batch) -> None:
        """What is written; much may have been asked for since it was begun."""
        for row in batch.add:
            if self._add.get(row.id) is row:
                del self._add[row.id]
        self._remove -= set(batch.remove)
        self._on_disk -= set(batch.remove)
        for key, data in batch.people:
            if self._people.get(key) is data:
                del self._people[key]
        # The oldest may have been let go meanwhile.
        written = {id(fate) for fate in batch.fates}
        self._fates = [fate for fate in self._fates if id(fate) not in written]
