"""More chat than any voice can say: what it does to the server, and whether every message is accounted for once."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ishowtts.bench.rooms.messages import messages
from ishowtts.bench.rooms.server import RoomServer
from ishowtts.bench.rooms.wire import Link, events
from ishowtts.bench.server_stats import spread

LINKS = 32
PROBE_SECONDS = 0.1
WEIGH_SECONDS = 0.25
ENDS = ("read", "stopped", "merged", "dropped", "failed")


@dataclass
class Flood:
    """What was seen of it."""

    answers: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    """How late this process sent each request: what it adds to the time from when it was due."""
    probes: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    receipts: list[dict[str, Any]] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    heard: Counter[str] = field(default_factory=Counter)


async def flood(
    server: RoomServer, count: int, seconds: float, batch: int = 1, seed: int = 0, settle: float = 5.0
) -> dict[str, Any]:
    """`count` messages in `seconds`, `batch` a request, while somebody listens. The server is stopped at the end."""
    seen = Flood()
    server.start()
    await server.listening(path="/readyz")
    await asyncio.sleep(settle)
    before, used = server.memory(), server.cpu_seconds()
    listeners = [asyncio.create_task(_listen(server.port, f"role={role}", seen)) for role in ("player", "studio")]
    watchers = [asyncio.create_task(_probe(server.port, seen)), asyncio.create_task(_weigh(server, seen))]
    await asyncio.sleep(0.5)
    took = await _send(server.port, itertools.islice(messages(seed), count), count, seconds, batch, seen)
    await asyncio.sleep(settle)
    after, cpu = server.memory(), server.cpu_seconds() - used
    for each in watchers:
        each.cancel()
    stats = await _emptied(server.port)
    async with Link(server.port) as link:
        _, page = await link.ask("GET", "/danmaku/history?limit=1000")
    for each in listeners:
        each.cancel()
    exit_code = server.stop()
    return {
        "messages": count,
        "batch": batch,
        "seconds": round(took, 2),
        "a_second": round(count / took, 1),
        "request": spread(seen.answers),
        "client_late": spread(seen.late),
        "healthz": spread(seen.probes),
        "failed_requests": dict(seen.failures),
        "memory_mib": {
            "before": round(before, 1),
            "peak": round(max(seen.memory, default=0.0), 1),
            "after": round(after, 1),
            "every_ten_seconds": [round(each, 1) for each in seen.memory[:: round(10 / WEIGH_SECONDS)]],
        },
        "cpu_seconds": round(cpu, 2),
        "receipts": dict(Counter(each["status"] for each in seen.receipts)),
        "stats": stats,
        "history": _history(server, {line["id"] for line in page["items"]}),
        "events": dict(seen.heard),
        "accounted": _accounted(count, seen, stats),
        "exit_code": exit_code,
        "tracebacks": server.complaints(),
    }  # fmt: skip


def _accounted(count: int, seen: Flood, stats: dict[str, Any]) -> bool:
    """Whether every message has one receipt and one end."""
    ends = sum(stats[end] for end in ENDS)
    return bool(len(seen.receipts) == stats["received"] == ends == count and stats["open"] == 0)


def _history(server: RoomServer, told: set[str]) -> dict[str, Any]:
    """As the state file has it: of the last 10,000 it has every line, and of all how many there were."""
    with contextlib.closing(sqlite3.connect(server.state_file)) as database:
        [(written, lines, ids)] = database.execute("SELECT max(n), count(*), count(DISTINCT id) FROM history")
        outcomes = dict(database.execute("SELECT outcome, count(*) FROM history GROUP BY outcome"))
        known = {id for (id,) in database.execute("SELECT id FROM history")}
        [(waiting,)] = database.execute("SELECT count(*) FROM waiting")
    return {
        "written": written or 0,
        "kept": lines,
        "written_twice": lines - ids,
        "told_and_not_kept": len(told - known),
        "outcomes": outcomes,
        "waiting": waiting,
    }


async def _send(
    port: int, items: Iterator[dict[str, Any]], count: int, seconds: float, batch: int, seen: Flood
) -> float:
    """Each batch when it is due, whether or not those before it are answered, as long as there is a connection."""
    links: asyncio.Queue[Link] = asyncio.Queue()
    for _ in range(LINKS):
        links.put_nowait(Link(port))
    begun = time.perf_counter()

    async def post(link: Link, content: list[dict[str, Any]]) -> None:
        at = time.perf_counter()
        try:
            status, answer = await link.ask("POST", "/danmaku", content)
            if status == 202:
                seen.receipts += answer["items"]
                seen.answers.append(time.perf_counter() - at)
            else:
                seen.failures[str(status)] += 1
        except OSError as error:
            seen.failures[type(error).__name__] += 1
        finally:
            links.put_nowait(link)

    async with asyncio.TaskGroup() as posts:
        for number in range(0, count, batch):
            due = begun + seconds * number / count
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            link = await links.get()
            seen.late.append(time.perf_counter() - due)
            posts.create_task(post(link, list(itertools.islice(items, min(batch, count - number)))))
    took = time.perf_counter() - begun
    while not links.empty():
        links.get_nowait().close()
    return took


async def _probe(port: int, seen: Flood) -> None:
    async with Link(port) as link:
        while True:
            at = time.perf_counter()
            try:
                await link.ask("GET", "/healthz")
                seen.probes.append(time.perf_counter() - at)
            except OSError:
                seen.failures["healthz"] += 1
            await asyncio.sleep(PROBE_SECONDS)


async def _weigh(server: RoomServer, seen: Flood) -> None:
    while True:
        seen.memory.append(server.memory())
        await asyncio.sleep(WEIGH_SECONDS)


async def _listen(port: int, query: str, seen: Flood) -> None:
    async for event in events(port, query):
        seen.heard[f"{query.removeprefix('role=')} {event.name}"] += 1


async def _emptied(port: int) -> dict[str, Any]:
    """What the server counted, once nothing waits any more: the rest is taken out by a moderator."""
    async with Link(port) as link:
        while True:
            await link.ask("POST", "/danmaku/clear", {"scope": "all"})
            await link.ask("POST", "/danmaku/skip")
            _, stats = await link.ask("GET", "/danmaku/stats")
            if stats["open"] == 0:
                found: dict[str, Any] = stats
                return found
            await asyncio.sleep(0.25)
