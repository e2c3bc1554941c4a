"""The SQLite file: opened once, written in one thread, safe at every `kill -9`."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite

from ishowtts.errors import ConfigError

VERSION = 1

_SCHEMA = """
CREATE TABLE waiting (id TEXT PRIMARY KEY, room TEXT NOT NULL, at REAL NOT NULL, data TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE history (n INTEGER PRIMARY KEY, room TEXT NOT NULL, id TEXT NOT NULL, at REAL NOT NULL,
                      outcome TEXT NOT NULL, reason TEXT NOT NULL, data TEXT NOT NULL);
CREATE INDEX history_room ON history (room, n);
CREATE TABLE users (room TEXT NOT NULL, key TEXT NOT NULL, at REAL NOT NULL, data TEXT NOT NULL,
                    PRIMARY KEY (room, key)) WITHOUT ROWID;
CREATE TABLE config (room TEXT PRIMARY KEY, version INTEGER NOT NULL, data TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE seen (room TEXT NOT NULL, source TEXT NOT NULL, message TEXT NOT NULL, at REAL NOT NULL,
                   PRIMARY KEY (room, source, message)) WITHOUT ROWID;
CREATE INDEX seen_at ON seen (at);
"""


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[aiosqlite.Connection]:
    """The database at `path`, made where there is none. Raises `ConfigError` for a file that is not ours."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.open("ab").close()  # so that what the disk refuses is told by the disk
        connection = await aiosqlite.connect(path)
    except (OSError, sqlite3.Error) as error:
        raise ConfigError(f"{path} cannot be opened: {error}") from error
    try:
        try:
            await _prepare(connection, path)
        except sqlite3.Error as error:
            raise ConfigError(f"{path} cannot be used: {error}. Move it away to begin anew") from error
        yield connection
    finally:
        await connection.close()


async def _prepare(connection: aiosqlite.Connection, path: Path) -> None:
    # WAL with NORMAL: a commit survives the process (not a power cut), and readers do not wait for writers.
    await connection.execute("PRAGMA journal_mode = WAL")
    await connection.execute("PRAGMA synchronous = NORMAL")
    await connection.execute("PRAGMA busy_timeout = 5000")
    async with connection.execute("PRAGMA user_version") as rows:
        [(version,)] = await rows.fetchall()
    if version == 0:
        await connection.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
    elif version != VERSION:
        raise ConfigError(
            f"{path} was written by another version of iShowTTS (its format is {version}, ours {VERSION})"
        )
