from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api.raw import Wire, get, post, wire
from tests.api.server import Served, listening
from tests.serving.running import PATIENCE, until

pytestmark = pytest.mark.anyio

LIMITS = {"header_timeout": 0.6, "max_header_bytes": 8192, "max_connections": 8, "request_timeout": 1.0}


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    """Ends with a look: after whatever was done to it, the server still answers."""
    async with listening(tmp_path, server=LIMITS) as served:
        yield served
        assert (await served.client.get("/healthz")).status_code == 200
        assert (await served.client.post("/tts", json={"text": "Hello there."})).status_code == 200


async def trickle(line: Wire, data: str, seconds: float) -> None:
    """A byte at a time, for as long as the server listens."""
    for byte in data:
        await line.send(byte)
        await asyncio.sleep(seconds)


async def test_headers_that_trickle_are_given_up(served: Served) -> None:
    async with wire(served.port) as line:
        started = time.monotonic()
        drip = asyncio.create_task(trickle(line, "GET /healthz HTTP/1.1\r\n" + "X-A: b\r\n" * 1000, 0.02))
        answer = await line.answer()
        assert (answer.status, answer.code) == (408, "headers_too_slow")
        assert time.monotonic() - started < PATIENCE / 2
        assert answer.headers["connection"] == "close"
        assert await line.ended() == b""
        drip.cancel()


async def test_a_second_request_has_no_more_time_than_the_first(served: Served) -> None:
    async with wire(served.port) as line:
        await line.send(get())
        assert (await line.answer()).status == 200
        await line.send("\r\n")  # stops the keep-alive timer
        await line.send("GET /healthz")
        assert (await line.answer()).status == 408
        await line.ended()


async def test_a_connection_without_a_word_is_closed_without_one(served: Served) -> None:
    async with wire(served.port) as line:
        assert await line.ended() == b""


async def test_a_body_that_trickles_is_given_up(served: Served) -> None:
    async with wire(served.port) as line:
        await line.send(post(1000))
        drip = asyncio.create_task(trickle(line, " " * 1000, 0.02))
        answer = await line.answer()
        assert (answer.status, answer.code) == (504, "deadline_exceeded")
        await line.ended()
        drip.cancel()


@pytest.mark.parametrize(
    "head",
    [
        get("/healthz", "X-Big: " + "a" * 9000),
        get("/healthz", *[f"X-{i}: b" for i in range(2000)]),
        get("/healthz?" + "a" * 9000),
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Endless: " + "a" * 100_000,
        "GET /" + "a" * 100_000,
    ],
    ids=["value", "many", "query", "endless header", "endless path"],
)
async def test_huge_headers_are_refused(served: Served, head: str) -> None:
    async with wire(served.port) as line:
        await line.send(head)
        answer = await line.answer()
        assert (answer.status, answer.code) == (431, "headers_too_large")
        assert await line.ended() == b""


async def test_headers_below_the_limit_pass(served: Served) -> None:
    async with wire(served.port) as line:
        await line.send(get("/healthz", "X-Big: " + "a" * 8000))
        assert (await line.answer()).status == 200


async def test_an_answer_before_the_body_is_read_ends_the_connection(served: Served) -> None:
    async with wire(served.port) as line:
        await line.send(post(2 * 2**30))
        answer = await line.answer()
        assert (answer.status, answer.code) == (413, "body_too_large")
        for _ in range(100):  # the client, which was told the size, may still be sending
            await line.send(b" " * 10_000)
        assert await line.ended() == b""


async def test_a_client_that_waits_for_100_never_sends(served: Served) -> None:
    async with wire(served.port) as line:
        await line.send(post(2 * 2**30, "Expect: 100-continue"))
        assert (await line.answer()).status == 413
    async with wire(served.port) as line:
        await line.send(post(24, "Expect: 100-continue"))
        assert (await line.answer()).status == 100
        await line.send('{"text": "Hello there."}')
        assert (await line.answer()).status == 200


async def test_a_crowd_of_silent_connections_keeps_nobody_out(served: Served) -> None:
    lines = []
    for _ in range(20):
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(b"GET /heal")
        lines.append((reader, writer))
    await asyncio.sleep(0.55)
    assert (await served.client.get("/healthz")).status_code == 200
    assert served.server is not None
    assert len(served.server.server_state.connections) <= 17
    for _, writer in lines:
        writer.close()


async def test_more_requests_than_connections_are_refused(tmp_path: Path) -> None:
    async with listening(tmp_path, server={"max_connections": 3}) as served:
        assert served.server is not None
        connections = served.server.server_state.connections
        lines = []
        for _ in range(3):
            _, writer = await asyncio.open_connection("127.0.0.1", served.port)
            writer.write(post(10).encode())  # a request under way: its body is still to come
            lines.append(writer)
        await until(lambda: len(connections) == 3 and all(c.cycle is not None for c in connections))
        async with wire(served.port) as line:
            await line.send(get())
            answer = await line.answer()
            assert (answer.status, answer.code) == (503, "too_many_connections")
            assert answer.headers["retry-after"] == "1"
            assert await line.ended() == b""
        lines[0].close()
        await until(lambda: len(connections) < 3)
        assert (await served.client.get("/healthz")).status_code == 200
        for writer in lines:
            writer.close()


async def test_an_idle_connection_makes_place_for_a_new_one(tmp_path: Path) -> None:
    async with (
        listening(tmp_path, server={"max_connections": 2, "keep_alive_timeout": 60}) as served,
        wire(served.port) as first,
        wire(served.port) as second,
    ):
        for line in (first, second):
            await line.send(get())
            assert (await line.answer()).status == 200
        await asyncio.sleep(0.6)
        async with wire(served.port) as third:
            await third.send(get())
            assert (await third.answer()).status == 200
        assert await first.ended() == b""
        await second.send(get())
        assert (await second.answer()).status == 200


async def test_a_flood_of_requests_in_one_packet_is_cut(served: Served) -> None:
    async with wire(served.port) as line:
        await line.send(get() * 5)
        for _ in range(5):
            assert (await line.answer()).status == 200
        await line.send(get() * 1000)
        answers = (await line.ended()).count(b"HTTP/1.1 200")
        assert answers < 1000


async def test_a_client_that_reads_nothing_of_its_answer_is_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ishowtts.api.listen._WRITE_SECONDS", 0.3)
    long = "One more sentence to fill the sound. " * 120
    async with listening(tmp_path, server={"sse_send_timeout": 0.3}) as served:
        assert served.server is not None
        connections = served.server.server_state.connections
        async with wire(served.port, limit=1024) as line:
            await line.send(get("/tts?text=" + long.replace(" ", "%20")))
            await line.reader.readuntil(b"\r\n\r\n")
            await served.idle()
            await until(lambda: not connections)


async def test_a_body_that_was_not_wanted_does_not_cost_the_next_request_its_connection(served: Served) -> None:
    for _ in range(20):
        response = await served.client.post("/no/such/route", content=b"x" * 200_000)
        assert response.status_code == 404
    async with wire(served.port) as line:
        await line.send("POST /no HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n01234")
        assert (await line.answer()).status == 404
        await line.send("56789" + get())
        assert (await line.answer()).status == 200
        await line.send("POST /no HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4000000000\r\n\r\n")
        assert (await line.answer()).status in (404, 413)
        for _ in range(40):
            await line.send("x" * 65536)
        assert await line.ended() == b"", "but there is an end to that"
