"""Many listeners, some of whom stop reading: what the others hear, when those are let go, and what is left of all."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import socket
import struct
import time
from dataclasses import dataclass, field
from typing import Any, Literal

from ishowtts.bench.rooms.server import RoomServer
from ishowtts.bench.rooms.wire import HOST, Heard, Link, events
from ishowtts.bench.server_stats import spread

SMALL = 4096
"""Bytes that the kernel of one who stalls takes for it."""
Manner = Literal["in order", "reset", "at once", "half a request"]
MANNERS: tuple[Manner, ...] = ("in order", "reset", "at once", "half a request")


@dataclass
class Reader:
    """One who listens, and all it heard."""

    query: str
    heard: list[Heard] = field(default_factory=list)
    broke_off: bool = False

    async def listen(self, port: int) -> None:
        try:
            async for event in events(port, self.query):
                self.heard.append(event)
        except OSError:
            self.broke_off = True

    @property
    def news(self) -> list[tuple[str, str]]:
        """(name, id), without the state at its beginning."""
        return [(event.name, event.id) for event in self.heard[1:]]


async def listeners(
    server: RoomServer, count: int = 100, stalled: int = 20, inline: bool = False, seconds: float = 60.0
) -> dict[str, Any]:
    """`count` listeners, `stalled` of them deaf, while messages are read; until the deaf are gone, or `seconds`."""
    server.start()
    await server.listening(path="/readyz")
    query = "audio=inline" if inline else ""
    readers = [Reader(query) for _ in range(count - stalled)]
    listening = [asyncio.create_task(reader.listen(server.port)) for reader in readers]
    deaf = [await _deaf(server.port, f"/danmaku/stream?{query}") for _ in range(stalled)]
    before = await _stats(server, "listeners", count, seconds)
    memory = server.memory()
    begun = time.perf_counter()
    talking = asyncio.create_task(_talk(server.port))
    fetchers: list[socket.socket] = []
    let_go = None
    probes: list[float] = []
    async with Link(server.port) as link:
        while time.perf_counter() - begun < seconds:
            at = time.perf_counter()
            await link.ask("GET", "/healthz")
            probes.append(time.perf_counter() - at)
            if not fetchers and (ids := [event.json["id"] for event in readers[0].heard if event.name == "play"]):
                fetchers = [await _deaf(server.port, f"/danmaku/audio/{ids[-1]}") for _ in range(stalled)]
            _, stats = await link.ask("GET", "/danmaku/stats")
            if stats["listeners"] <= count - stalled:
                let_go = time.perf_counter() - begun
                break
            await asyncio.sleep(0.1)
        files = await _until_closed(server, readers, seconds)
    talking.cancel()
    await _quiet(server.port)
    await asyncio.sleep(1.0)
    peak = server.memory()
    news = [reader.news for reader in readers]
    for task in listening:
        task.cancel()
    for each in (*deaf, *fetchers):
        each.close()
    exit_code = server.stop()
    return {
        "listeners": count,
        "stalled": stalled,
        "stalled_fetchers": len(fetchers),
        "inline": inline,
        "connected": before,
        "events_heard_by_each": len(max(news, key=len)),
        "all_heard_the_same_in_order": all(each == news[0] for each in news) and _in_order(news[0]),
        "sound_whole": _whole(readers) if inline else None,
        "broke_off": sum(reader.broke_off for reader in readers),
        "began_anew": sum(name == "state" for each in news for name, _ in each),
        "stalled_let_go_after": None if let_go is None else round(let_go, 2),
        "connections_at_the_end": files,
        "healthz": spread(probes),
        "memory_mib": {"before": round(memory, 1), "after": round(peak, 1)},
        "exit_code": exit_code,
        "tracebacks": server.complaints(),
    }


async def cycles(server: RoomServer, count: int = 1000, at_once: int = 20, seed: int = 0) -> dict[str, Any]:
    """`count` listeners that come and go in every manner, while messages are read; what is left after each half."""
    chance = random.Random(seed)  # noqa: S311 - who leaves how
    server.start()
    await server.listening(path="/readyz")
    talking = asyncio.create_task(_talk(server.port))
    steady = Reader("audio=inline")
    listening = asyncio.create_task(steady.listen(server.port))
    places = asyncio.Semaphore(at_once)
    done: dict[str, int] = dict.fromkeys(MANNERS, 0)

    async def one(manner: Manner, path: str) -> None:
        async with places:
            await _come_and_go(server.port, path, manner)
            done[manner] += 1

    async def some(number: int) -> dict[str, float]:
        async with asyncio.TaskGroup() as group:
            for _ in range(number):
                sounds = [event.json["id"] for event in steady.heard[-200:] if event.name == "play"]
                paths = [f"/danmaku/stream?{query}" for query in ("", "role=caption", "audio=inline", "role=studio")]
                paths += [f"/danmaku/audio/{id}?format={chance.choice(('wav', 'mp3'))}" for id in sounds[-1:]]
                group.create_task(one(chance.choice(MANNERS), chance.choice(paths)))
                await asyncio.sleep(0.005)
        await _stats(server, "listeners", 1, 30)
        await asyncio.sleep(2.0)
        return {"memory_mib": round(server.memory(), 1), "files": server.files(), "threads": server.threads()}

    left = [await some(min(100, count))]
    left += [await some(count // 2), await some(count - count // 2)]
    talking.cancel()
    listening.cancel()
    listeners_left = await _stats(server, "listeners", 0, 30)
    exit_code = server.stop()
    return {
        "cycles": count,
        "manners": done,
        "after_warm_up_half_and_all": left,
        "listeners_left": listeners_left,
        "steady_listener_broke_off": steady.broke_off,
        "exit_code": exit_code,
        "tracebacks": server.complaints(),
    }


async def _talk(port: int) -> None:
    """A message every now and then, as many as are read."""
    async with Link(port) as link:
        for number in range(10**6):
            item = {"kind": "superchat", "amount": 1, "text": f"message number {number}", "user": f"user{number}"}
            with contextlib.suppress(OSError):
                await link.ask("POST", "/danmaku", item)
            await asyncio.sleep(0.4)


async def _quiet(port: int) -> None:
    """Until nothing is read any more."""
    async with Link(port) as link:
        await link.ask("POST", "/danmaku/clear", {"scope": "all"})
        while (await link.ask("GET", "/danmaku/stats"))[1]["open"]:  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def _stats(server: RoomServer, key: str, wanted: int, seconds: float) -> int:
    """Its value, once it is as wanted, or time is over."""
    end = time.perf_counter() + seconds
    async with Link(server.port) as link:
        while True:
            _, stats = await link.ask("GET", "/danmaku/stats")
            if stats[key] == wanted or time.perf_counter() > end:
                return int(stats[key])
            await asyncio.sleep(0.05)


async def _until_closed(server: RoomServer, readers: list[Reader], seconds: float) -> int:
    """Sockets of the server that somebody is still connected to, once those of the deaf are closed."""
    end = time.perf_counter() + seconds
    while (count := _connections(server)) > len(readers) + 2 and time.perf_counter() < end:  # noqa: ASYNC110
        await asyncio.sleep(0.2)
    return count


def _connections(server: RoomServer) -> int:
    """Established, by the kernel; 0 where there is no /proc."""
    try:
        with open("/proc/net/tcp") as lines:
            rows = [line.split() for line in lines][1:]
    except OSError:
        return 0
    return sum(row[3] == "01" and int(row[1].rpartition(":")[2], 16) == server.port for row in rows)


async def _deaf(port: int, path: str) -> socket.socket:
    """It asks, and never reads."""
    link = socket.socket()
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
    link.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(link, (HOST, port))
    await loop.sock_sendall(link, f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return link


async def _come_and_go(port: int, path: str, manner: Manner) -> None:
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        reader, writer = await asyncio.open_connection(HOST, port)
        request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        writer.write(request[:30] if manner == "half a request" else request)
        await writer.drain()
        if manner in ("in order", "reset"):
            await reader.readuntil(b"\r\n\r\n")
            await reader.read(100)
        if manner == "reset":
            link = writer.get_extra_info("socket")
            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.close()


def _in_order(news: list[tuple[str, str]]) -> bool:
    numbers = [int(id.rpartition("-")[2]) for name, id in news if id]
    return all(a < b for a, b in itertools.pairwise(numbers))


def _whole(readers: list[Reader]) -> bool:
    """Whether every reader has every piece of every sound that was heard to its end."""
    for reader in readers:
        pieces: dict[str, list[int]] = {}
        for event in reader.heard:
            if event.name == "chunk":
                pieces.setdefault(event.json["id"], []).append(event.json["seq"])
        ended = [event.json["id"] for event in reader.heard if event.name == "done"]
        if any(pieces.get(id) != list(range(len(pieces.get(id, [None])))) for id in ended):
            return False
    return True
