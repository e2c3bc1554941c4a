from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api.server import Served, listening
from tests.serving.running import PATIENCE

pytestmark = pytest.mark.anyio

UPGRADE = (
    "Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    f"Sec-WebSocket-Key: {base64.b64encode(b'0123456789abcdef').decode()}\r\n"
)
PING = b"\x89\xfd0000" + b"0" * 125


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with listening(
        tmp_path, server={"sse_send_timeout": 0.3, "max_connections": 4, "keep_alive_timeout": 1}
    ) as served:
        yield served


async def talk(served: Served, said: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(said.encode())
    return reader, writer


async def all_of(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(PATIENCE):
        return await reader.read()


@pytest.mark.parametrize(
    "head",
    [
        UPGRADE + "".join(f"X-{n}: 1\r\n" for n in range(200)),
        UPGRADE + f"Cookie: {'x' * 10_000}\r\n",
        UPGRADE.replace("Sec-WebSocket-Key", "X-Key"),
        UPGRADE.replace("13", "7"),
    ],
)
async def test_a_handshake_that_is_none_has_its_answer(served: Served, head: str) -> None:
    reader, writer = await talk(served, f"GET /danmaku/speaker HTTP/1.1\r\n{head}\r\n")
    assert (await all_of(reader)).startswith(b"HTTP/1.1 4")
    writer.close()
    assert (await served.client.get("/healthz")).status_code == 200


async def test_only_a_get_becomes_a_socket(served: Served) -> None:
    body = json.dumps({"text": "hello"})
    reader, writer = await talk(served, f"POST /danmaku HTTP/1.1\r\n{UPGRADE}Content-Length: {len(body)}\r\n\r\n{body}")
    assert (await asyncio.wait_for(reader.readline(), PATIENCE)).startswith(b"HTTP/1.1 ")
    writer.close()


async def test_nothing_becomes_a_socket_while_an_answer_is_under_way(served: Served) -> None:
    """What makes the answer would never hear that its client left."""
    reader, writer = await talk(
        served,
        "GET /tts?text=Hello.&format=mp3 HTTP/1.1\r\nHost: localhost\r\n\r\n"
        f"GET /danmaku/speaker HTTP/1.1\r\n{UPGRADE}\r\n",
    )
    data = await all_of(reader)
    assert data.startswith(b"HTTP/1.1 200")
    assert b"HTTP/1.1 101" not in data
    assert data.count(b"HTTP/1.1 404") == 1
    assert served.app.state.sockets.open == 0
    writer.close()


async def test_who_asks_and_never_reads_is_let_go(served: Served) -> None:
    reader, writer = await talk(served, f"GET /danmaku/speaker HTTP/1.1\r\n{UPGRADE}\r\n")
    assert (await asyncio.wait_for(reader.readline(), PATIENCE)).startswith(b"HTTP/1.1 101")
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    with pytest.raises(ConnectionError):
        await flood(writer)
    async with asyncio.timeout(PATIENCE):
        while served.app.state.sockets.open:  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def flood(writer: asyncio.StreamWriter) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            writer.write(PING * 500)
            await writer.drain()


async def test_sockets_count_among_the_connections(served: Served) -> None:
    held = [await talk(served, f"GET /danmaku/speaker HTTP/1.1\r\n{UPGRADE}\r\n") for _ in range(4)]
    for reader, _ in held:
        assert (await asyncio.wait_for(reader.readline(), PATIENCE)).startswith(b"HTTP/1.1 101")
    reader, writer = await talk(served, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert (await all_of(reader)).startswith(b"HTTP/1.1 503")
    for _, each in [*held, (reader, writer)]:
        each.close()
