"""Many who listen to a room, some of whom do not, and what is left of those who went."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from ishowtts.danmaku.broker import Broker
from tests.api.raw import get, wire
from tests.api.server import Served, listening
from tests.api.test_danmaku import QUICK, SAY_TEXT, page
from tests.danmaku.rooms import until

pytestmark = pytest.mark.anyio


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    server = {"sse_send_timeout": 0.5}
    async with listening(tmp_path, **QUICK, server=server, danmaku={"rooms": SAY_TEXT}) as served:
        yield served


def broker(served: Served) -> Broker:
    found: Broker = served.app.state.services.rooms.get("main").broker
    return found


@asynccontextmanager
async def stalled(served: Served, path: str) -> AsyncIterator[socket.socket]:
    """It asks, and reads nothing of the answer."""
    link = socket.socket()
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    link.setblocking(False)
    loop = asyncio.get_running_loop()
    try:
        await loop.sock_connect(link, ("127.0.0.1", served.port))
        await loop.sock_sendall(link, get(path).encode())
        yield link
    finally:
        link.close()


@pytest.mark.parametrize("query", ["", "role=caption", "audio=inline"])
async def test_who_does_not_read_is_let_go_and_the_others_hear_everything_in_order(served: Served, query: str) -> None:
    async with AsyncExitStack() as stack:
        pages = [await stack.enter_async_context(page(served.client, query)) for _ in range(5)]
        for _ in range(3):
            await stack.enter_async_context(stalled(served, f"/danmaku/stream?{query}"))
        await until(lambda: len(broker(served)) == 8)
        for n in range(60):  # 60 kB: no buffer of ours is full by that
            broker(served).publish("notice", {"n": n, "text": "x" * 1000})
            await asyncio.sleep(0.005)
        await until(lambda: len(broker(served)) == 5)
        broker(served).publish("notice", {"n": 60})
        for each in pages:
            await until(lambda each=each: len(each.all("notice")) == 61)
            assert [news["n"] for news in each.all("notice")] == list(range(61))


async def test_who_fetches_a_sound_and_does_not_read_it_is_let_go(served: Served) -> None:
    text = "A long message, of which the sound fills every buffer there is between a server and its listener."
    async with page(served.client) as player:
        await served.client.post("/danmaku", json={"text": text})
        play = await player.first("play")
        before = len(served.server.server_state.tasks)  # type: ignore[union-attr]
        async with stalled(served, f"/danmaku/audio/{play['id']}"), stalled(served, f"/danmaku/audio/{play['id']}"):
            await until(lambda: len(served.server.server_state.tasks) == before + 2)  # type: ignore[union-attr]
            await until(lambda: len(served.server.server_state.tasks) == before)  # type: ignore[union-attr]
        await player.first("done")


@pytest.mark.parametrize("query", ["", "audio=inline", "role=studio"])
async def test_nothing_is_left_of_those_who_went(served: Served, query: str) -> None:
    """In order, with a reset, in the middle of a request, and before their first event."""
    path = f"/danmaku/stream?{query}"

    async def come_and_go(how: int) -> None:
        async with wire(served.port) as link:
            await link.send(get(path) if how else get(path)[:40])
            if how > 1:
                await link.reader.readuntil(b"event: state")
            if how == 3:
                raw = link.writer.get_extra_info("socket")
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    async def counts() -> tuple[int, int]:
        await until(lambda: len(broker(served)) == 0)
        await until(lambda: not [t for t in asyncio.all_tasks() if "come_and_go" in repr(t)])
        await until(lambda: not served.server.server_state.tasks)  # type: ignore[union-attr]
        await until(lambda: len(served.server.server_state.connections) <= 1)  # type: ignore[union-attr]
        gc.collect()
        return len(asyncio.all_tasks()), len(os.listdir("/proc/self/fd"))

    await asyncio.gather(*(come_and_go(n % 4) for n in range(8)))
    before = await counts()
    for _ in range(10):
        await asyncio.gather(*(come_and_go(n % 4) for n in range(12)))
    after = await counts()
    assert after[0] <= before[0] + 2
    assert after[1] <= before[1] + 2


async def test_what_fails_in_a_sound_event_ends_the_stream_and_not_its_news_only(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A player that hears nothing any more, of a stream that is alive, would sit there for ever."""
    async with wire(served.port) as link:
        await link.send(get("/danmaku/stream?audio=inline"))
        await link.reader.readuntil(b"event: state")
        monkeypatch.setattr(served.app.state.services.rooms.get("main").stage, "clip", lambda id: 1 / 0)
        broker(served).publish("play", {"id": "0" * 32})
        await link.ended()
        await until(lambda: len(broker(served)) == 0)


async def test_more_than_a_room_takes_are_told_when_to_come_again(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ishowtts.danmaku.broker.MOST_SUBSCRIBERS", 2)
    async with page(served.client), page(served.client), page(served.client) as third:
        assert [event.event for event in third.events] == ["refused"]
        assert json.loads(third.events[0].data)["code"] == "too_many_subscribers"
        assert third.events[0].retry == 10_000
