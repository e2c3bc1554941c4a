from __future__ import annotations

import asyncio
import io
import json
import struct
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import soundfile
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.api.server import Served, listening
from tests.api.sockets import refused, socket
from tests.api.test_danmaku import QUICK, SAY_TEXT
from tests.danmaku.sources.fake_twitch import fake_twitch
from tests.serving.running import PATIENCE

pytestmark = pytest.mark.anyio

PATH = "/api/danmaku/stream"


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with listening(tmp_path, **QUICK, danmaku={"rooms": SAY_TEXT}) as served:
        yield served


async def packet(page: ClientConnection) -> tuple[dict[str, Any], float]:
    """Header, and seconds of sound."""
    async with asyncio.timeout(PATIENCE):
        data = await page.recv()
    assert isinstance(data, bytes)
    (length,) = struct.unpack("<I", data[:4])
    samples, rate = soundfile.read(io.BytesIO(data[4 + length :]))
    header: dict[str, Any] = json.loads(data[4 : 4 + length])
    return header, len(samples) / rate


async def test_the_old_page_hears_a_channel(tmp_path: Path) -> None:
    async with fake_twitch() as twitch:
        chat = {"type": "twitch", "channel": "somebody", "base_url": twitch.url}
        danmaku = {"rooms": SAY_TEXT, "sources": [chat]}
        async with listening(tmp_path, **QUICK, danmaku=danmaku) as served, socket(served, PATH) as page:
            await twitch.joined("somebody")
            await twitch.say("小明", "你好主播", color="#1E90FF")
            header, seconds = await packet(page)
            assert header == {
                "platform": "Twitch", "channel": "somebody", "username": "小明", "display_text": "你好主播",
                "format": "audio/wav", "color": "#1e90ff",
            }  # fmt: skip
            assert seconds > 0


async def test_nothing_of_before_is_heard_and_nothing_is_cut_off(served: Served) -> None:
    async with socket(served, PATH) as first:
        await served.client.post("/danmaku", json=[{"text": "one thing that is said", "user": "Ann"}])
        await packet(first)
        async with asyncio.timeout(PATIENCE):
            while not served.app.state.services.rooms.get("main").record.tally.told()["read"]:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        async with socket(served, PATH) as page:
            texts = ["a second thing that is said", "and here the third one"]
            await served.client.post("/danmaku", json=[{"text": t, "user": f"u{n}"} for n, t in enumerate(texts)])
            (header, seconds), at = await packet(page), time.monotonic()
            assert header["display_text"] == texts[0]
            assert (await packet(page))[0]["display_text"] == texts[1]
            assert time.monotonic() - at >= seconds - 0.05


async def test_what_is_taken_back_is_not_sent(served: Served) -> None:
    async with socket(served, PATH) as page:
        items = [{"text": f"message number {n}", "user": f"u{n}", "message_id": n} for n in range(3)]
        await served.client.post("/danmaku", json=items)
        await packet(page)
        await served.client.post("/danmaku/retract", json={"source": "push", "message_id": 1})
        assert (await packet(page))[0]["display_text"] == "message number 2"


async def test_a_page_that_leaves_or_talks_leaves_nothing(served: Served) -> None:
    room = served.app.state.services.rooms.get("main")
    async with socket(served, PATH) as page:
        assert room.stage.told()["players"] == 1
        with pytest.raises(ConnectionClosed):
            await talk(page)
    async with asyncio.timeout(PATIENCE):
        while room.stage.told()["players"] or served.app.state.sockets.open:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    assert (await refused(served, f"{PATH}?room=cellar"))[0] == 404
    assert (await refused(served, PATH, Origin="https://evil.example"))[0] == 403


async def talk(page: ClientConnection) -> None:
    while True:
        await page.send("hello")
        await asyncio.sleep(0)
