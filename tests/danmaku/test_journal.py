from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ishowtts.danmaku import journal as journal_module
from ishowtts.danmaku.journal import Journal
from ishowtts.store.rooms import Batch, Fate, RoomStore, Row, room_store
from tests.danmaku.rooms import until

pytestmark = pytest.mark.anyio


class Disk(RoomStore):
    """A real one that is full while a test says so, and slow as long as it holds `gate`."""

    full = False
    writes = 0

    @property
    def gate(self) -> asyncio.Lock:
        return self.__dict__.setdefault("gate_", asyncio.Lock())

    async def write(self, batch: Batch) -> None:
        self.writes += 1
        if self.full:
            raise sqlite3.OperationalError("database or disk is full")
        async with self.gate:
            await super().write(batch)


@asynccontextmanager
async def running(path: Path) -> AsyncIterator[tuple[Journal, Disk]]:
    async with room_store(path) as store:
        disk = Disk(store._db)
        journal = Journal(disk, "main")
        writing = asyncio.create_task(journal.run())
        try:
            yield journal, disk
        finally:
            writing.cancel()
            await asyncio.wait({writing})


def fate(n: int) -> Fate:
    return Fate(str(n), float(n), "dropped", "stale", "{}")


async def test_a_write_that_is_under_way_at_the_end_is_made_once(tmp_path: Path) -> None:
    async with room_store(tmp_path / "a.sqlite") as store:
        disk = Disk(store._db)
        journal = Journal(disk, "main")
        writing = asyncio.create_task(journal.run())
        async with disk.gate:
            journal.keep(Row("a", 1.0, "{}"))
            journal.fate(fate(1))
            await until(lambda: disk.writes == 1)
            writing.cancel()
            await asyncio.sleep(0.01)
            journal.fate(fate(2))
        await asyncio.wait({writing})
        assert [each.id for each in await store.history("main")] == ["2", "1"]
        assert [row.id for row in await store.waiting("main")] == ["a"]


async def test_a_full_disk_is_told_once_holds_up_nobody_and_is_written_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(journal_module, "AGAIN_AFTER", 0.005)
    monkeypatch.setattr(journal_module, "MOST_FATES", 10)
    monkeypatch.setattr(journal_module, "MOST_PEOPLE", 10)
    async with running(tmp_path / "a.sqlite") as (journal, disk):
        disk.full = True
        journal.keep(Row("kept", 1.0, "{}"))
        assert not await journal.settled(60)
        for n in range(100):
            journal.keep(Row(f"gone {n}", 1.0, "{}"))
            journal.drop(f"gone {n}")
            journal.drop(f"never there {n}")
            journal.fate(fate(n))
            journal.person(f"user {n}", "{}")
        await until(lambda: disk.writes > 3)
        assert [len(each) for each in (journal._add, journal._remove, journal._fates, journal._people)] == [
            1,
            0,
            10,
            10,
        ]
        disk.full = False
        await until(lambda: not journal.failing)
        assert await journal.settled(60)
        assert [row.id for row in await disk.waiting("main")] == ["kept"]
        assert [each.id for each in await disk.history("main")] == [str(n) for n in range(99, 89, -1)]
        assert journal.lost == 90
    told = [record.levelno for record in caplog.records]
    assert told == [logging.ERROR, logging.WARNING]


async def test_what_is_dropped_while_it_is_written_is_not_there_afterwards(tmp_path: Path) -> None:
    async with running(tmp_path / "a.sqlite") as (journal, disk):
        async with disk.gate:
            journal.keep(Row("a", 1.0, "1"))
            journal.keep(Row("b", 1.0, "1"))
            await until(lambda: disk.writes == 1)
            journal.drop("a")
            journal.keep(Row("b", 1.0, "2"))
        assert await journal.settled(60)
        assert [(row.id, row.data) for row in await disk.waiting("main")] == [("b", "2")]
        async with disk.gate:
            journal.drop("b")
            await until(lambda: disk.writes == 3)
            journal.keep(Row("b", 1.0, "3"))
        assert await journal.settled(60)
        assert [(row.id, row.data) for row in await disk.waiting("main")] == [("b", "3")]
        journal.drop("b")
        assert await journal.settled(60)
        assert await disk.waiting("main") == []


async def test_what_was_found_there_can_be_dropped(tmp_path: Path) -> None:
    async with running(tmp_path / "a.sqlite") as (journal, disk):
        await disk.add_waiting("main", [Row("a", 1.0, "{}")])
        journal.found("a")
        journal.drop("a")
        assert await journal.settled(60)
        assert await disk.waiting("main") == []


async def test_an_error_nobody_thought_of_does_not_end_the_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "AGAIN_AFTER", 0.005)
    async with running(tmp_path / "a.sqlite") as (journal, disk):
        monkeypatch.setattr(Disk, "write", lambda self, batch: 1 / 0)
        journal.fate(fate(1))
        await until(lambda: journal.failing)
        monkeypatch.undo()
        await until(lambda: not journal.failing)
        assert [each.id for each in await disk.history("main")] == ["1"]


async def test_a_flood_is_not_a_write_for_each_message(tmp_path: Path) -> None:
    async with running(tmp_path / "a.sqlite") as (journal, disk):
        for n in range(500):
            journal.fate(fate(n))
            await asyncio.sleep(0)
        assert await journal.settled(60)
        assert len(await disk.history("main", 1000)) == 500
        assert disk.writes < 50
