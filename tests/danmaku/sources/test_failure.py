from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from ishowtts.danmaku.sources import websocket as websocket_module
from ishowtts.danmaku.sources.failure import plain_words
from ishowtts.danmaku.sources.http import ask, client
from ishowtts.danmaku.sources.source import SourceFailed
from ishowtts.danmaku.sources.twitch import Patience, TwitchSource
from ishowtts.danmaku.sources.youtube import YouTubeSource
from tests.danmaku.sources.loopback import Answer, http_server, read_all

pytestmark = pytest.mark.anyio

UPGRADED = b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: wrong\r\n\r\n"


@asynccontextmanager
async def strange(said: bytes, stay: bool = False) -> AsyncIterator[int]:
    """The port of a server that says the same to everybody."""
    over = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1024)
        writer.write(said)
        if stay:
            await over.wait()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        over.set()
        server.close()


@pytest.mark.parametrize(
    ("said", "part"),
    [
        (b"", "no chat server"),
        (b"\x00\xff" * 50, "no chat server"),
        (b"SSH-2.0-OpenSSH\r\n", "no chat server"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "HTTP 200"),
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", "HTTP 503"),
        (b"HTTP/1.1 " + b"x" * 100_000, "no chat server"),
        (b"HTTP/1.1 503 Busy\r\n" + b"A: b\r\n" * 10_000, "no chat server"),
        (UPGRADED, "no chat server"),
    ],
)
async def test_a_server_that_is_none(said: bytes, part: str) -> None:
    async with strange(said) as port:
        reading = await read_all(TwitchSource("chan", f"ws://127.0.0.1:{port}"))
    assert reading.error is not None
    assert part in (plain_words(reading.error) or repr(reading.error))


async def test_a_server_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket_module, "OPEN_TIMEOUT", 0.2)
    async with strange(b"", stay=True) as port:
        reading = await read_all(TwitchSource("chan", f"ws://127.0.0.1:{port}", patience=Patience(join=1)))
    assert reading.error is not None
    assert plain_words(reading.error) == "The platform does not answer in time."


async def test_a_server_without_tls_where_it_should_be() -> None:
    async with strange(b"HTTP/1.1 400 X\r\n\r\n") as port:
        reading = await read_all(TwitchSource("chan", f"wss://127.0.0.1:{port}"))
    assert isinstance(reading.error, ssl.SSLError)
    assert plain_words(reading.error)


@pytest.mark.parametrize("said", [b"", b"junk\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"])
async def test_an_api_that_is_none(said: bytes) -> None:
    async with strange(said) as port:
        reading = await read_all(YouTubeSource(f"http://127.0.0.1:{port}", "abcdefghijk", "k"))
    assert reading.error is not None
    assert plain_words(reading.error) == "The connection could not be made, or broke off."


async def test_an_answer_that_never_ends_is_cut_off() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            while True:
                writer.write(b"10000\r\n" + bytes(0x10000) + b"\r\n")
                await writer.drain()
        except OSError:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        reading = await read_all(YouTubeSource(url, "abcdefghijk", "k"))
    assert isinstance(reading.error, SourceFailed)
    assert "bytes" in str(reading.error)


async def test_a_redirect_of_an_api_is_not_followed() -> None:
    asked: list[str] = []

    def answer(request: object) -> Answer:
        asked.append(request.path)  # type: ignore[attr-defined]
        return Answer(status=307, headers={"location": "/elsewhere"})

    async with http_server(answer) as url, client() as http:
        assert await ask(http, "GET", f"{url}/here") == (307, {})
    assert asked == ["/here"]


@pytest.mark.parametrize(
    "error",
    [
        socket.gaierror(),
        ConnectionRefusedError(),
        ConnectionResetError(),
        TimeoutError(),
        ssl.SSLCertVerificationError(),
    ],
)
def test_errors_of_the_network_are_sentences(error: OSError) -> None:
    words = plain_words(error)
    assert words is not None
    assert words.endswith((".", "?"))


def test_an_error_of_the_program_is_none() -> None:
    assert plain_words(KeyError("x")) is None
    assert plain_words(ValueError("x")) is None
