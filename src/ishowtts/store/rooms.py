"""What rooms keep: messages that must not be lost, what became of each, users and settings."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiosqlite

from ishowtts.errors import VersionConflict
from ishowtts.store.database import opened

MOST_HISTORY = 10_000
MOST_USERS = 10_000
"""Of one room; the oldest go first."""

SWEEP_EVERY = 500
"""Writes of a kind between two clean-ups."""


@dataclass(frozen=True, slots=True)
class Row:
    """Something kept: its id, when (unix seconds), and what, in JSON."""

    id: str
    at: float
    data: str


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a message, and why."""

    id: str
    at: float
    outcome: str
    reason: str
    data: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Changes of one room that belong together."""

    room: str
    add: Sequence[Row] = ()
    remove: Sequence[str] = ()
    """Ids of waiting rows."""
    people: Sequence[tuple[str, str]] = ()
    """(user, data); without data the user is forgotten."""
    fates: Sequence[Fate] = ()


class RoomStore:
    """Every method is one transaction: it has happened when it returns, or not at all."""

    def __init__(self, connection: aiosqlite.Connection, clock: Callable[[], float] = time.time) -> None:
        self._db = connection
        self._clock = clock
        self._writes = 0
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[None]:
        async with self._lock:  # one connection: what others write meanwhile would be part of it
            try:
                yield
            except BaseException:
                await self._db.rollback()
                raise
            await self._db.commit()

    async def add_waiting(self, room: str, rows: Sequence[Row]) -> None:
        """Keep these until `remove_waiting`, whatever happens to the process."""
        await self.write(Batch(room, add=rows))

    async def remove_waiting(self, ids: Sequence[str]) -> None:
        await self.write(Batch("", remove=ids))

    async def write(self, batch: Batch) -> None:
        """All of it, or nothing; what it removes is gone even where it adds it too."""
        async with self._transaction():
            await self._many(
                "INSERT OR REPLACE INTO waiting (id, room, at, data) VALUES (?, ?, ?, ?)",
                [(row.id, batch.room, row.at, row.data) for row in batch.add],
            )
            await self._many("DELETE FROM waiting WHERE id = ?", [(id,) for id in batch.remove])
            await self._many(
                "DELETE FROM users WHERE room = ? AND key = ?",
                [(batch.room, key) for key, data in batch.people if not data],
            )
            await self._many(
                "INSERT OR REPLACE INTO users (room, key, at, data) VALUES (?, ?, ?, ?)",
                [(batch.room, key, self._clock(), data) for key, data in batch.people if data],
            )
            await self._many(
                "INSERT INTO history (room, id, at, outcome, reason, data) VALUES (?, ?, ?, ?, ?, ?)",
                [(batch.room, fate.id, fate.at, fate.outcome, fate.reason, fate.data) for fate in batch.fates],
            )
            await self._swept(len(batch.fates) + len(batch.people))

    async def waiting(self, room: str) -> list[Row]:
        """The oldest first."""
        async with self._db.execute("SELECT id, at, data FROM waiting WHERE room = ? ORDER BY at, id", (room,)) as rows:
            return [Row(*row) async for row in rows]

    async def add_history(self, room: str, fates: Sequence[Fate]) -> None:
        await self.write(Batch(room, fates=fates))

    async def history(self, room: str, limit: int = 200) -> list[Fate]:
        """The newest first."""
        async with self._db.execute(
            "SELECT id, at, outcome, reason, data FROM history WHERE room = ? ORDER BY n DESC LIMIT ?", (room, limit)
        ) as rows:
            return [Fate(*row) async for row in rows]

    async def put_user(self, room: str, key: str, data: str) -> None:
        await self.write(Batch(room, people=[(key, data)]))

    async def remove_user(self, room: str, key: str) -> None:
        await self.write(Batch(room, people=[(key, "")]))

    async def users(self, room: str) -> dict[str, str]:
        """Data by key."""
        async with self._db.execute("SELECT key, data FROM users WHERE room = ? ORDER BY key", (room,)) as rows:
            return {key: data async for key, data in rows}

    async def config(self, room: str) -> tuple[int, str] | None:
        """(version, data); None where nothing was ever put."""
        async with self._db.execute("SELECT version, data FROM config WHERE room = ?", (room,)) as rows:
            found = await rows.fetchone()
        return None if found is None else (int(found[0]), str(found[1]))

    async def put_config(self, room: str, data: str, expected: int) -> int:
        """The new version. Raises `VersionConflict` where another than `expected` is there (0: none)."""
        async with self._transaction():
            cursor = await self._db.execute(
                "INSERT INTO config (room, version, data) SELECT ?, 1, ? WHERE ? = 0 ON CONFLICT (room) DO NOTHING",
                (room, data, expected),
            )
            if cursor.rowcount < 1:
                cursor = await self._db.execute(
                    "UPDATE config SET version = version + 1, data = ? WHERE room = ? AND version = ? AND ? > 0",
                    (data, room, expected, expected),
                )
            if cursor.rowcount < 1:
                raise VersionConflict(
                    "The settings of the room were changed meanwhile: read them again, then change them."
                )
            return expected + 1

    async def _many(self, statement: str, rows: list[tuple[Any, ...]]) -> None:
        if rows:  # each is a way to the thread of the database and back
            await self._db.executemany(statement, rows)

    async def _swept(self, writes: int) -> None:
        self._writes += writes
        if self._writes < SWEEP_EVERY:
            return
        self._writes = 0
        for table, order, most in (("history", "n", MOST_HISTORY), ("users", "at", MOST_USERS)):
            async with self._db.execute(f"SELECT room FROM {table} GROUP BY room HAVING count(*) > ?", (most,)) as rows:  # noqa: S608
                full = [room async for (room,) in rows]
            for room in full:
                await self._db.execute(
                    f"DELETE FROM {table} WHERE room = ? AND {order} <= "  # noqa: S608 - names of our own
                    f"(SELECT {order} FROM {table} WHERE room = ? ORDER BY {order} DESC LIMIT 1 OFFSET ?)",
                    (room, room, most),
                )


@asynccontextmanager
async def room_store(path: Path | None) -> AsyncIterator[RoomStore]:
    """In memory without `path`. Raises `ConfigError` for a file that cannot be used, or is used by another process."""
    async with opened(path) as connection:
        yield RoomStore(connection)
