"""SIGTERM with paid messages in the queue, one of them being read, and a sender in the middle of a request."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path

import pytest

from ishowtts.bench.rooms.server import RoomServer
from ishowtts.bench.rooms.wire import Link, events

pytestmark = [pytest.mark.slow, pytest.mark.anyio]


def paid(number: int) -> dict[str, object]:
    return {"kind": "superchat", "amount": 5, "text": f"message {number}", "message_id": str(number), "user": "Pat"}


async def listen(port: int, heard: Counter[str]) -> None:
    async for event in events(port):
        if event.name == "play":
            heard[event.json["caption"]] += 1


async def until_heard(heard: Counter[str], count: int) -> None:
    async with asyncio.timeout(120):
        while len(heard) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_what_is_paid_for_outlives_an_orderly_end_and_is_read_once(tmp_path: Path) -> None:
    server = RoomServer(tmp_path, pace=0.04)
    heard: Counter[str] = Counter()
    server.start()
    await server.listening(path="/readyz")
    listening = asyncio.create_task(listen(server.port, heard))
    async with Link(server.port) as link:
        status, _ = await link.ask("POST", "/danmaku", [paid(n) for n in range(7)])
        assert status == 202
    await until_heard(heard, 1)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    body = json.dumps(paid(7)).encode()
    head = f"POST /danmaku HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body[:20])
    await writer.drain()
    async with Link(server.port) as link:
        await link.ask("GET", "/healthz")  # it has read what was sent before
    assert server.process is not None
    server.process.terminate()
    await asyncio.wait({listening}, timeout=60)
    assert listening.done(), "a stream is ended, not kept for the whole of the time"
    writer.write(body[20:])
    answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 202 "), "what was begun before is answered"
    assert await asyncio.to_thread(server.stop) == 0
    before = len(heard)
    assert before < 8
    server.start()
    await server.listening(path="/readyz")
    listening = asyncio.create_task(listen(server.port, heard))
    await until_heard(heard, 8)
    async with Link(server.port) as link, asyncio.timeout(60):
        while (await link.ask("GET", "/danmaku/stats"))[1]["open"]:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    listening.cancel()
    assert await asyncio.to_thread(server.stop) == 0
    assert heard == {f"message {n}": 1 for n in range(8)}
    assert server.complaints() == 0
