"""A server that is killed again and again while what is paid for comes in: what listeners heard, over all its lives.

Senders send again what they had no answer for, as platforms do; listeners come back as pages do.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import shutil
import sqlite3
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ishowtts.bench.rooms.server import RoomServer
from ishowtts.bench.rooms.wire import Link, events
from ishowtts.bench.server_stats import spread

MOST_WAITING = 60
"""Paid messages that are sent ahead of what was heard: far from what the room's queue holds."""
AGAIN = 0.05


@dataclass
class Crashes:
    """Message numbers, as senders and listeners know them."""

    taken: set[int] = field(default_factory=set)
    """Those that the server said it had taken."""
    heard: Counter[int] = field(default_factory=Counter)
    begun: list[int] = field(default_factory=list)
    """In the order in which they were heard."""
    waiting: list[set[int]] = field(default_factory=list)
    """On the disk at each kill."""
    restarts: list[float] = field(default_factory=list)
    sent_again: int = 0
    over: bool = False


async def crashes(
    server: RoomServer, kills: int, shortest: float = 0.3, longest: float = 8.0, rate: float = 8.0, seed: int = 0
) -> dict[str, Any]:
    """`kills` times `kill -9`, each between `shortest` and `longest` seconds after the server answers."""
    chance = random.Random(seed)  # noqa: S311 - when a process is killed
    seen = Crashes()
    server.start()
    await server.listening(path="/readyz")
    sending = asyncio.create_task(_send(server.port, rate, seen))
    listening = asyncio.create_task(_listen(server.port, seen))
    try:
        for _ in range(kills):
            await asyncio.sleep(chance.uniform(shortest, longest))
            server.kill()
            seen.waiting.append(_waiting(server.state_file))
            server.start()
            seen.restarts.append(await server.listening())
        seen.over = True
        await sending
        last = time.perf_counter()
        heard = 0
        while await _open(server.port) and time.perf_counter() - last < 60:
            if heard != len(seen.begun):
                heard, last = len(seen.begun), time.perf_counter()
            await asyncio.sleep(0.2)
    finally:
        for task in (sending, listening):
            task.cancel()
        exit_code = server.stop()
    return _report(server, seen, kills, exit_code)


def _report(server: RoomServer, seen: Crashes, kills: int, exit_code: int) -> dict[str, Any]:
    unheard = seen.taken - seen.heard.keys()
    on_disk = set().union(*seen.waiting) if seen.waiting else set()
    last_on_disk = [max(n for n, ids in enumerate(seen.waiting) if id in ids) for id in unheard & on_disk]
    return {
        "kills": kills,
        "taken": len(seen.taken),
        "heard": len(seen.heard),
        "heard_twice": sum(count > 1 for count in seen.heard.values()),
        "not_heard": len(unheard),
        "not_heard_and_on_disk_at_a_kill": len(last_on_disk),
        "heard_and_never_taken": len(seen.heard.keys() - seen.taken),
        "waiting_at_a_kill": spread(float(len(ids)) for ids in seen.waiting),
        "sent_again": seen.sent_again,
        "restart": spread(seen.restarts),
        "left_on_disk": len(_waiting(server.state_file)),
        "exit_code": exit_code,
    }


async def _send(port: int, rate: float, seen: Crashes) -> None:
    async with Link(port) as link:
        number = 0
        while not seen.over:
            number += 1
            await asyncio.sleep(1 / rate)
            while len(seen.taken) - len(seen.heard) > MOST_WAITING and not seen.over:  # noqa: ASYNC110
                await asyncio.sleep(AGAIN)
            item = {
                "source": "bench",
                "kind": "superchat",
                "amount": 5,
                "currency": "USD",
                "user": {"id": str(number % 50), "name": f"user{number % 50}"},
                "text": f"message {number}",
                "message_id": str(number),
            }
            while True:
                try:
                    status, answer = await link.ask("POST", "/danmaku", item)
                except OSError:
                    status = 0
                if status == 202:
                    break
                seen.sent_again += 1
                await asyncio.sleep(AGAIN)
            [receipt] = answer["items"]
            if receipt["status"] == "queued" or receipt["reason"] == "already_taken":
                seen.taken.add(number)


async def _listen(port: int, seen: Crashes) -> None:
    last = ""
    while True:
        with contextlib.suppress(OSError):
            async for event in events(port, last_id=last):
                last = event.id
                if event.name == "play":
                    number = int(event.json["caption"].split()[1])
                    seen.heard[number] += 1
                    seen.begun.append(number)
        await asyncio.sleep(AGAIN)


async def _open(port: int) -> int:
    async with Link(port) as link:
        _, stats = await link.ask("GET", "/danmaku/stats")
        return int(stats["open"])


def _waiting(state_file: Path) -> set[int]:
    """Message numbers on the disk; of a copy, so that the next server finds its file as the last one left it."""
    with tempfile.TemporaryDirectory() as folder:
        for file in state_file.parent.glob(f"{state_file.name}*"):
            shutil.copy(file, folder)
        with contextlib.closing(sqlite3.connect(Path(folder) / state_file.name)) as database:
            rows = database.execute("SELECT data FROM waiting").fetchall()
    return {int(json.loads(data)["message_id"]) for (data,) in rows}
