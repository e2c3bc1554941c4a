from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sqlite3
from pathlib import Path

import pytest

from ishowtts.errors import ConfigError, VersionConflict
from ishowtts.store import rooms
from ishowtts.store.rooms import Fate, Row, room_store

pytestmark = pytest.mark.anyio


async def test_what_waits_is_there_after_a_restart_in_its_order(tmp_path: Path) -> None:
    path = tmp_path / "state" / "rooms.sqlite"
    async with room_store(path) as store:
        await store.add_waiting("main", [Row("b", 2.0, '"later"'), Row("a", 1.0, '"sooner 弹幕"')])
        await store.add_waiting("other", [Row("c", 0.0, "{}")])
        await store.remove_waiting(["unknown"])
    async with room_store(path) as store:
        assert [row.id for row in await store.waiting("main")] == ["a", "b"]
        assert (await store.waiting("main"))[0].data == '"sooner 弹幕"'
        await store.remove_waiting(["a", "b"])
        assert await store.waiting("main") == []


def _write_for_ever(path: Path, told: multiprocessing.connection.Connection) -> None:
    import asyncio

    async def write() -> None:
        async with room_store(path) as store:
            for n in range(100_000):
                await store.add_waiting("main", [Row(f"{n:06}", float(n), "{}")])
                told.send(n)

    asyncio.run(write())


async def test_a_killed_process_has_kept_all_that_it_said_it_kept(tmp_path: Path) -> None:
    path = tmp_path / "rooms.sqlite"
    spawn = multiprocessing.get_context("spawn")
    heard, told = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_write_for_ever, args=(path, told))
    process.start()
    last = -1
    while last < 200:
        last = heard.recv()
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    while heard.poll():
        last = heard.recv()
    async with room_store(path) as store:
        kept = [row.id for row in await store.waiting("main")]
    assert kept[: last + 1] == [f"{n:06}" for n in range(last + 1)]
    assert len(kept) <= last + 2, "and nothing but the one it was about to tell of"


async def test_what_became_of_each_is_kept_the_newest_first_and_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "MOST_HISTORY", 50)
    monkeypatch.setattr(rooms, "SWEEP_EVERY", 10)
    async with room_store(tmp_path / "rooms.sqlite") as store:
        for n in range(200):
            await store.add_history("main", [Fate(str(n), float(n), "dropped", "stale", "{}")])
        await store.add_history("quiet", [Fate("q", 0.0, "read", "", "{}")])
        kept = await store.history("main", 1000)
        assert [fate.id for fate in kept[:3]] == ["199", "198", "197"]
        assert 50 <= len(kept) <= 60
        assert len(await store.history("main", 5)) == 5
        assert (await store.history("quiet"))[0].outcome == "read"


async def test_writers_at_once_do_not_get_into_each_others_transactions(tmp_path: Path) -> None:
    async with room_store(tmp_path / "rooms.sqlite") as store:
        rows = [[Row(f"{n}-{i}", float(n), "{}") for i in range(3)] for n in range(30)]
        broken = [Row("x", 0.0, "{}"), Row("y", 0.0, None)]  # type: ignore[arg-type]
        results = await asyncio.gather(
            *(store.add_waiting("main", each) for each in [*rows, broken]),
            *(store.put_config("main", str(n), 0) for n in range(5)),
            return_exceptions=True,
        )
        assert len(await store.waiting("main")) == 90, "all of each, and nothing of the one that failed"
        assert sum(isinstance(each, sqlite3.IntegrityError) for each in results) == 1
        assert sum(isinstance(each, VersionConflict) for each in results) == 4


async def test_users_are_kept_by_room_and_the_longest_untouched_go_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "MOST_USERS", 20)
    monkeypatch.setattr(rooms, "SWEEP_EVERY", 1)
    async with room_store(tmp_path / "rooms.sqlite") as store:
        await store.put_user("main", "twitch:1", '{"muted":true}')
        await store.put_user("main", "twitch:1", '{"muted":false}')
        assert await store.users("main") == {"twitch:1": '{"muted":false}'}
        assert await store.users("other") == {}
        await store.remove_user("main", "twitch:1")
        assert await store.users("main") == {}
        for n in range(40):
            await store.put_user("main", f"u{n:02}", "{}")
        assert sorted(await store.users("main"))[-1] == "u39"
        assert len(await store.users("main")) == 20


async def test_settings_have_versions_and_nobody_overwrites_unseen_changes(tmp_path: Path) -> None:
    async with room_store(tmp_path / "rooms.sqlite") as store:
        assert await store.config("main") is None
        with pytest.raises(VersionConflict):
            await store.put_config("main", "{}", 3)
        assert await store.put_config("main", '{"a":1}', 0) == 1
        assert await store.put_config("main", '{"a":2}', 1) == 2
        for stale in (0, 1, 3):
            with pytest.raises(VersionConflict):
                await store.put_config("main", '{"a":9}', stale)
        assert await store.config("main") == (2, '{"a":2}')


async def test_a_file_is_used_by_one_process_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "rooms.sqlite"
    async with room_store(path) as store:
        await store.add_waiting("main", [Row("a", 1.0, "{}")])
        with pytest.raises(ConfigError, match="another server"):
            async with room_store(path):
                pass
    async with room_store(path) as store:
        assert [row.id for row in await store.waiting("main")] == ["a"]


async def test_without_a_file_everything_works_and_is_gone_afterwards() -> None:
    async with room_store(None) as store:
        await store.add_waiting("main", [Row("a", 1.0, "{}")])
        assert [row.id for row in await store.waiting("main")] == ["a"]
    async with room_store(None) as store:
        assert await store.waiting("main") == []


async def test_a_file_that_is_not_ours_is_told_as_such(tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite"
    other.write_bytes(b"this is no database, whatever its name says" * 100)
    newer = tmp_path / "newer.sqlite"
    with sqlite3.connect(newer) as connection:
        connection.execute("PRAGMA user_version = 99")
    for path, what in ((other, "not a database"), (newer, "another version"), (tmp_path, "cannot be opened")):
        with pytest.raises(ConfigError, match=what):
            async with room_store(path):
                pass


async def test_a_damaged_file_is_told_as_such_and_not_read_from(tmp_path: Path) -> None:
    path = tmp_path / "rooms.sqlite"
    async with room_store(path) as store:
        for n in range(20):
            await store.add_history("main", [Fate(str(n), float(n), "read", "", "x" * 4000)])
    content = bytearray(path.read_bytes())
    content[20_000:40_000] = b"\xff" * 20_000
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="Move it away"):
        async with room_store(path):
            pass
