from __future__ import annotations

import asyncio
import json
import os
import random
import socket
import struct
from pathlib import Path
from typing import Any

import pytest

from tests.serving.running import PATIENCE, until
from tests.wyoming.clients import line, port_of, say, send_raw, wyoming

pytestmark = pytest.mark.anyio


@pytest.fixture(params=[True, False], ids=["uvloop", "asyncio"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    return "asyncio", {"use_uvloop": request.param}


BYTES = 8192
LIMITS: dict[str, Any] = {"server": {"max_body_bytes": BYTES, "max_text_chars": 100}}

BAD: dict[str, tuple[bytes, str]] = {
    "a browser": (b"POST / HTTP/1.1\r\nHost: x\r\n\r\n", "bad_json"),
    "not UTF-8": (b'{"type": "\xff"}\n', "bad_json"),
    "an empty line": (b"\n", "bad_json"),
    "a list": (b"[]\n", "bad_json"),
    "NaN": (b'{"type": "ping", "data": {"text": NaN}}\n', "bad_json"),
    "many digits": (b'{"type": "ping", "x": ' + b"9" * 5000 + b"}\n", "bad_json"),
    "no type": (b"{}\n", "invalid_value"),
    "a long type": (line("x" * 65), "invalid_value"),
    "type of a wrong type": (b'{"type": 1}\n', "invalid_value"),
    "data of a wrong type": (b'{"type": "ping", "data": 1}\n', "invalid_value"),
    "a line without end": (b'{"type": "' + b"x" * 3 * BYTES, "body_too_large"),
    "much data": (b'{"type": "ping", "data_length": 8193}\n', "body_too_large"),
    "a huge payload": (b'{"type": "ping", "payload_length": 99999999999}\n', "body_too_large"),
    "a negative length": (b'{"type": "ping", "data_length": -1}\n', "invalid_value"),
    "a length that is none": (b'{"type": "ping", "data_length": true}\n', "invalid_value"),
    "a length in quotes": (b'{"type": "ping", "payload_length": "3"}\n', "invalid_value"),
    "data that is no object": (b'{"type": "ping", "data_length": 2}\n[]', "bad_json"),
    "a text that is none": (line("synthesize", text=3), "invalid_value"),
    "no text": (line("synthesize"), "invalid_value"),
    "a voice that is none": (line("synthesize", text="Hello", voice="ann"), "invalid_value"),
    "half a character": (b'{"type": "synthesize", "data": {"text": "\\ud800"}}\n', "invalid_value"),
    "half a character to send back": (b'{"type": "ping", "data": {"text": "\\ud800"}}\n', "invalid_value"),
    "a NUL": (line("synthesize", text="a\0b"), "invalid_value"),
    "a long text": (line("synthesize", text="word " * 50), "text_too_long"),
    "a long stream": (line("synthesize-start") + line("synthesize-chunk", text="word " * 10) * 50, "text_too_long"),
    "a chunk first": (line("synthesize-chunk", text="Hello."), "invalid_value"),
    "a stop first": (line("synthesize-stop"), "invalid_value"),
    "two starts": (line("synthesize-start") * 2, "invalid_value"),
    "many texts at once": (line("synthesize", text="Hello there.") * 30, "queue_full"),
}


@pytest.mark.parametrize("name", BAD)
async def test_junk_is_told_and_ends_the_connection_and_nothing_else(tmp_path: Path, name: str) -> None:
    data, code = BAD[name]
    async with wyoming(tmp_path, **LIMITS) as served:
        answers = await send_raw(served, data)
        errors = [event["data"] for event in answers if event["type"] == "error"]
        assert [error["code"] for error in errors] == [code]
        assert answers[-1]["type"] == "error"
        assert (await say(served, "All is well.")).stop is not None


async def test_deep_json_is_told(tmp_path: Path) -> None:
    async with wyoming(tmp_path) as served:
        for deep in (b"[" * 100_000, b'{"type":"ping","data":' + b'{"a":' * 40_000):
            [answer] = await send_raw(served, deep + b"\n")
            assert answer["data"]["code"] == "bad_json"


async def test_unknown_events_are_dropped_with_their_payload(tmp_path: Path) -> None:
    async with wyoming(tmp_path) as served:
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(served))
        payload = os.urandom(1_000_000)
        writer.write(json.dumps({"type": "audio-chunk", "payload_length": len(payload)}).encode() + b"\n" + payload)
        writer.write(line("select-program", name="ishowtts") + line("ping", text="still here"))
        async with asyncio.timeout(PATIENCE):
            assert json.loads(await reader.readline())["type"] == "pong"
        writer.close()


async def test_data_in_the_line_and_after_it_are_one(tmp_path: Path) -> None:
    async with wyoming(tmp_path) as served:
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(served))
        more = b'{"text": "second"}'
        header = {"type": "ping", "data": {"text": "first", "x": 1}, "data_length": len(more)}
        writer.write(json.dumps(header).encode() + b"\n" + more)
        async with asyncio.timeout(PATIENCE):
            size = json.loads(await reader.readline())["data_length"]
            assert json.loads(await reader.readexactly(size)) == {"text": "second"}
        writer.close()


async def test_an_event_that_breaks_off_ends_quietly(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with wyoming(tmp_path) as served:
        for part in (
            b"",
            b'{"type": "pi',
            b'{"type": "ping", "data_length": 9}\n{"te',
            b'{"type":"x","payload_length":5}\n',
        ):
            _, writer = await asyncio.open_connection("127.0.0.1", port_of(served))
            writer.write(part)
            await writer.drain()
            writer.close()
        await until(lambda: served.app.state.wyoming.clients == 0)
    assert not [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]


async def test_clients_that_leave_in_anger_are_not_an_error(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Reset connections, whatever the server was about to do with them."""
    wishes = [b"junk" * 1000 + b"\n", line("synthesize", text="Hello there."), line("describe") * 300, b"{"]
    async with wyoming(tmp_path, wyoming={"max_clients": 50, "idle_timeout": 0.3}) as served:
        for turn in range(60):
            with socket.create_connection(("127.0.0.1", port_of(served))) as client:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close is a reset
                client.sendall(wishes[turn % len(wishes)])
                await asyncio.sleep(0.003 * (turn % 7))
        await until(lambda: served.app.state.wyoming.clients == 0)
        await served.idle()
        assert (await say(served, "All is well.")).stop is not None
    assert not [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]


async def test_random_bytes_never_kill_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    chance = random.Random(7)
    good = [line("describe"), line("ping"), line("synthesize", text="Hi."), line("synthesize-start"), b"\n", b"{}"]
    async with wyoming(tmp_path, wyoming={"idle_timeout": 0.2, "max_clients": 1000}) as served:

        async def attack() -> None:
            data = b"".join(chance.choice(good) for _ in range(chance.randint(1, 5)))
            data = bytes(c if chance.random() > 0.02 else chance.randrange(256) for c in data)
            await send_raw(served, data)

        await asyncio.gather(*(attack() for _ in range(200)))
        await served.idle()
        assert (await say(served, "All is well.")).stop is not None
    assert not [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]


async def test_a_flood_of_pings_that_nobody_reads_ends(tmp_path: Path) -> None:
    async with wyoming(tmp_path, wyoming={"send_timeout": 0.2}) as served:
        _, writer = await asyncio.open_connection("127.0.0.1", port_of(served))
        flood = line("ping", text="x" * 900) * 500

        async def send() -> None:
            while True:
                writer.write(flood)
                await writer.drain()

        with pytest.raises(OSError):  # noqa: PT011 - reset or broken pipe
            await asyncio.wait_for(send(), PATIENCE)
        await until(lambda: served.app.state.wyoming.clients == 0)
        writer.close()
