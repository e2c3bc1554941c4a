"""Servers on loopback that speak what the platforms speak, and what the sources under test need around them."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection, serve

from ishowtts.danmaku.event import ChatEvent, Retraction
from ishowtts.danmaku.sources.source import Item, Source

PATIENCE = 10.0
Handler = Callable[[ServerConnection], Awaitable[None]]
quiet = logging.getLogger("tests.loopback")
quiet.setLevel(logging.CRITICAL)


@asynccontextmanager
async def socket_server(handler: Handler, **options: Any) -> AsyncIterator[str]:
    """Its ws:// address."""
    async with serve(handler, "127.0.0.1", 0, close_timeout=0.1, logger=quiet, **options) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"ws://127.0.0.1:{port}"


@dataclass
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Answer:
    body: object = field(default_factory=dict)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@asynccontextmanager
async def http_server(answer: Callable[[Request], Awaitable[Answer] | Answer]) -> AsyncIterator[str]:
    """Its http:// address. Plain HTTP/1.1, so that an answer can be anything."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode("latin-1").rstrip().split("\r\n")
                method, target, _ = first.split(" ")
                headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                parts = urlsplit(target)
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                reply = answer(Request(method, parts.path, query, headers, body))
                if not isinstance(reply, Answer):
                    reply = await reply
                content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
                extra = "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
                writer.write(f"HTTP/1.1 {reply.status} X\r\n{extra}content-length: {len(content)}\r\n\r\n".encode())
                writer.write(content)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            tasks.discard(task)
            writer.close()

    server = await asyncio.start_server(serve_one, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)


class Reading:
    """What one connection of a source gave, and how it ended."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.live = 0
        self.error: BaseException | None = None

    @property
    def events(self) -> list[ChatEvent]:
        return [item for item in self.items if isinstance(item, ChatEvent)]

    @property
    def retractions(self) -> list[Retraction]:
        return [item for item in self.items if isinstance(item, Retraction)]

    def went_live(self) -> None:
        self.live += 1


async def read_all(source: Source, most: int | None = None) -> Reading:
    """One connection to its end, or to its `most`-th item."""
    reading = Reading()
    items = source.events(reading.went_live)
    try:
        async with asyncio.timeout(PATIENCE):
            async for item in items:
                reading.items.append(item)
                if len(reading.items) == most:
                    break
    except Exception as error:
        reading.error = error
    finally:
        await items.aclose()
    return reading
