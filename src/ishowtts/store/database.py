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
"""


@asynccontextmanager
async def opened(path: Path | None) -> AsyncIterator[aiosqlite.Connection]:
    """The database at `path`, made where there is none, for us alone; None is one in memory.

    Raises `ConfigError` for a file that is not ours, or that another process has open."""
    try:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.open("ab").close()  # so that what the disk refuses is told by the disk
        connection = await aiosqlite.connect(path or ":memory:")
    except (OSError, sqlite3.Error) as error:
        raise ConfigError(f"{path} cannot be opened: {error}") from error
    try:
        try:
            await _prepare(connection, path)
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise ConfigError(f"{path} is used by another server: give this one a file of its own") from error
            raise ConfigError(f"{path} cannot be used: {error}. Move it away to begin anew") from error
        except sqlite3.Error as error:
            raise ConfigError(f"{path} cannot be used: {error}. Move it away to begin anew") from error
        yield connection
    finally:
        await connection.close()


async def _prepare(connection: aiosqlite.Connection, path: Path | None) -> None:
    # Two servers would both read what waits; the lock goes with the process, however it ends.
    await connection.execute("PRAGMA busy_timeout = 500")
    await connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    # WAL with NORMAL: a commit survives the process (not a power cut), and readers do not wait for writers.
    await connection.execute("PRAGMA journal_mode = WAL")
    await connection.execute("PRAGMA synchronous = NORMAL")
    await connection.executescript("BEGIN EXCLUSIVE; COMMIT;")
    async with connection.execute("PRAGMA quick_check(1)") as rows:
        [(found,)] = await rows.fetchall()
    if found != "ok":
        raise ConfigError(f"{path} is damaged ({found}). Move it away to begin anew")
    async with connection.execute("PRAGMA user_version") as rows:
        [(version,)] = await rows.fetchall()
    if version == 0:
        await connection.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
    elif version != VERSION:
        raise ConfigError(
            f"{path} was written by another version of iShowTTS (its format is {version}, ours {VERSION})"
        )
