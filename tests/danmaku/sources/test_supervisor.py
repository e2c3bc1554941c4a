from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from ishowtts.danmaku.event import ChatEvent, bounded
from ishowtts.danmaku.sources import bilibili as bilibili_module
from ishowtts.danmaku.sources.backoff import Backoff
from ishowtts.danmaku.sources.run import Deliver
from ishowtts.danmaku.sources.source import Item, Live, SourceFailed
from ishowtts.danmaku.sources.supervisor import Supervisor
from ishowtts.errors import SourceExists, SourceNotFound, TooManySources
from ishowtts.settings.chat_sources import TwitchChat, source_of_request
from tests.danmaku.sources.loopback import Answer, Request, http_server, socket_server
from tests.danmaku.sources.test_bilibili import bilibili, said, stay
from tests.danmaku.sources.test_twitch import Chat, line, twitch
from tests.serving.running import until

pytestmark = pytest.mark.anyio

Events = Callable[[Live], AsyncGenerator[Item, None]]


def quick() -> Backoff:
    return Backoff(least=0.02, most=0.2, good=0.5)


def channel(name: str = "chan", **fields: Any) -> TwitchChat:
    return TwitchChat(type="twitch", channel=name, **fields)


def event(text: str) -> ChatEvent:
    return bounded("twitch", "chat", "ann", text=text)


class Made:
    """A source whose connections are what `events` says."""

    def __init__(self, events: Events) -> None:
        self.events = events


class Watched:
    def __init__(self) -> None:
        self.items: list[Item] = []

    def take(self, item: Item) -> None:
        self.items.append(item)

    @property
    def texts(self) -> list[str]:
        return [item.text for item in self.items if isinstance(item, ChatEvent)]


@asynccontextmanager
async def supervised(deliver: Deliver, events: Events | None = None, **options: Any) -> AsyncIterator[Supervisor]:
    if events is not None:
        options["build"] = lambda config: Made(events)
    supervisor = Supervisor(deliver, **{"backoff": quick} | options)
    try:
        yield supervisor
    finally:
        await supervisor.close()


def status(supervisor: Supervisor, name: str = "twitch-chan") -> dict[str, Any]:
    return supervisor.status(name)[0]


async def test_defect_no_reconnect_a_source_that_is_cut_off_comes_back_each_time() -> None:
    async def script(chat: Chat) -> None:
        await chat.say(line("hello"))
        chat.connection.transport.abort()

    seen = Watched()
    async with twitch(script) as (url, chats), supervised(seen.take) as supervisor:
        supervisor.add(channel(base_url=url))
        await until(lambda: len(seen.texts) >= 4)
        await until(lambda: status(supervisor)["reconnects"] >= 4)
        told = status(supervisor)
    assert len(chats) >= 4
    assert told["last_error"]
    assert told["received"] >= 4
    assert told["last_message"] <= time.time()


async def test_a_server_that_comes_up_later_is_found() -> None:
    seen = Watched()

    async def script(chat: Chat) -> None:
        await chat.say(line("hello"))
        await chat.connection.wait_closed()

    async def handle(connection: ServerConnection) -> None:
        chat = Chat(connection)
        await chat.welcome()
        await script(chat)

    async with socket_server(handle) as url:
        port = int(url.rpartition(":")[2])
    async with supervised(seen.take) as supervisor:
        supervisor.add(channel(base_url=url))
        await until(lambda: status(supervisor)["reconnects"] >= 2)
        assert status(supervisor)["last_error"] == "Nothing answers at the platform's address."
        async with socket_server_at(handle, port):
            await until(lambda: seen.texts == ["hello"])
            assert status(supervisor)["state"] == "live"


@asynccontextmanager
async def socket_server_at(handle: Callable[[ServerConnection], Any], port: int) -> AsyncIterator[None]:
    async with serve(handle, "127.0.0.1", port, close_timeout=0.1):
        yield


async def test_defect_reconnect_unhandled_twitch_asks_and_it_is_done() -> None:
    async def script(chat: Chat) -> None:
        await chat.say(line("hello") + ":tmi.twitch.tv RECONNECT\r\n")
        await chat.connection.wait_closed()

    seen = Watched()
    async with twitch(script) as (url, _), supervised(seen.take) as supervisor:
        supervisor.add(channel(base_url=url))
        await until(lambda: len(seen.texts) >= 3)
        assert status(supervisor)["last_error"] == "Twitch asked to connect anew."


async def test_a_bilibili_session_is_begun_anew_and_each_is_ended() -> None:
    async def script(room: Any) -> None:
        await room.say(said("x"))
        await room.connection.close(1011)

    seen = Watched()
    async with bilibili(script) as fake, supervised(seen.take) as supervisor:
        config = dict(type="bilibili", access_key_id="key-id", access_key_secret="key-secret", app_id=1234567890123)
        source = source_of_request({**config, "code": "STREAMERCODE"}).model_copy(update={"base_url": fake.url})
        supervisor.add(source)
        await until(lambda: fake.platform.count("end") >= 3)
        await supervisor.stop("bilibili")
        starts = fake.platform.count("start")
        await until(lambda: fake.platform.count("end") == starts)


async def test_stop_ends_a_bilibili_session() -> None:
    async with bilibili(stay) as fake, supervised(Watched().take) as supervisor:
        config = dict(type="bilibili", access_key_id="key-id", access_key_secret="key-secret", app_id=1234567890123)
        source = source_of_request({**config, "code": "STREAMERCODE"}).model_copy(update={"base_url": fake.url})
        supervisor.add(source)
        await until(lambda: status(supervisor, "bilibili")["state"] == "live")
        await supervisor.stop("bilibili")
        assert [what for what, _ in fake.platform.asked if what != "heartbeat"] == ["start", "end"]


async def test_stop_does_not_wait_for_a_platform_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bilibili_module, "_END_TIMEOUT", 2.0)
    async with bilibili(stay) as fake, supervised(Watched().take) as supervisor:
        answer = fake.platform.answer
        config = dict(type="bilibili", access_key_id="key-id", access_key_secret="key-secret", app_id=1234567890123)
        source = source_of_request({**config, "code": "STREAMERCODE"}).model_copy(update={"base_url": fake.url})
        supervisor.add(source)
        await until(lambda: status(supervisor, "bilibili")["state"] == "live")
        hung = asyncio.Event()

        async def hang(request: Request) -> Answer:
            await hung.wait()
            return answer(request)

        fake.platform.hang = hang
        loop = asyncio.get_running_loop()
        started = loop.time()
        await supervisor.stop("bilibili")
        assert loop.time() - started < 1.8  # it would be 2 and more
        await until(lambda: not supervisor._leaving)
        hung.set()


async def test_waits_grow_and_know_how_long_a_connection_stood() -> None:
    starts: list[float] = []
    stood: list[float] = []

    class Noted(Backoff):
        def after(self, seconds: float, at_least: float = 0.0) -> float:
            stood.append(seconds)
            return super().after(seconds, at_least)

    async def events(live: Live) -> AsyncGenerator[Item, None]:
        starts.append(asyncio.get_running_loop().time())
        if len(starts) == 6:
            live()
        if len(starts) >= 6:
            await asyncio.sleep(0.6)
        raise SourceFailed("gone")
        yield event("never")

    options = {"least": 0.02, "most": 0.2, "good": 0.5}
    async with supervised(Watched().take, events, backoff=lambda: Noted(**options)) as supervisor:
        supervisor.add(channel())
        await until(lambda: len(stood) >= 7)
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    for gap, least in zip(gaps, (0.01, 0.02, 0.04, 0.08, 0.1), strict=False):
        assert gap >= least
    assert stood[:5] == [0.0] * 5
    assert stood[5] >= 0.6
    assert stood[6] == 0.0  # it never went live


async def test_a_connection_that_ends_at_once_is_no_busy_loop() -> None:
    begun = 0

    async def events(live: Live) -> AsyncGenerator[Item, None]:
        nonlocal begun
        begun += 1
        live()
        return
        yield event("never")

    async with supervised(Watched().take, events) as supervisor:
        supervisor.add(channel())
        await asyncio.sleep(0.5)
        assert status(supervisor)["last_error"] == "The platform ended the connection."
    assert begun <= 12


async def test_a_wait_that_the_platform_asks_for_is_kept() -> None:
    async def events(live: Live) -> AsyncGenerator[Item, None]:
        raise SourceFailed("quota", wait=300)
        yield event("never")

    async with supervised(Watched().take, events) as supervisor:
        supervisor.add(channel())
        await until(lambda: status(supervisor)["state"] == "waiting")
        assert 299 <= status(supervisor)["next_try"] - time.time() <= 376


async def test_what_cannot_be_helped_is_not_tried_again_until_somebody_starts_it() -> None:
    begun = 0

    async def events(live: Live) -> AsyncGenerator[Item, None]:
        nonlocal begun
        begun += 1
        raise SourceFailed("YouTube does not accept the API key.", final=True)
        yield event("never")

    async with supervised(Watched().take, events) as supervisor:
        supervisor.add(channel())
        await until(lambda: status(supervisor)["state"] == "failed")
        await asyncio.sleep(0.2)
        assert begun == 1
        supervisor.start("twitch-chan")
        await until(lambda: status(supervisor)["state"] == "failed" and begun == 2)


async def test_defect_1_an_error_of_the_program_does_not_end_a_source_for_good(
    caplog: pytest.LogCaptureFixture,
) -> None:
    begun = 0

    async def events(live: Live) -> AsyncGenerator[Item, None]:
        nonlocal begun
        begun += 1
        if begun == 1:
            raise KeyError("what somebody said")
        live()
        yield event("back")
        await asyncio.sleep(60)

    seen = Watched()
    async with supervised(seen.take, events) as supervisor:
        supervisor.add(channel())
        await until(lambda: seen.texts == ["back"])
        told = status(supervisor)
    assert told["last_error"] == "Something went wrong inside the server (KeyError); its log says what."
    assert any(record.levelno == logging.ERROR for record in caplog.records)


async def test_defect_limiter_in_the_read_loop_a_reader_is_never_held_up() -> None:
    """Whoever takes the items refuses most of them: PING is answered all the same, and nothing waits."""
    done = asyncio.Event()

    async def script(chat: Chat) -> None:
        for part in range(30):
            await chat.say("".join(line(f"m{part * 100 + n}", part * 100 + n) for n in range(100)))
        await chat.say("PING :tmi.twitch.tv\r\n")
        assert await chat.hear() == "PONG :tmi.twitch.tv"
        done.set()
        await chat.connection.wait_closed()

    seen = Watched()

    def full(item: Item) -> None:
        seen.take(item)
        if len(seen.items) > 5:
            raise RuntimeError("the queue is full")

    async with twitch(script) as (url, chats), supervised(full) as supervisor:
        supervisor.add(channel(base_url=url))
        async with asyncio.timeout(20):
            await done.wait()
        told = status(supervisor)
    assert len(chats) == 1
    assert (told["state"], told["received"], told["undelivered"], told["reconnects"]) == ("live", 3000, 2995, 0)


async def test_a_flood_leaves_the_loop_its_turns() -> None:
    async def events(live: Live) -> AsyncGenerator[Item, None]:
        live()
        while True:
            yield event("flood")

    seen = Watched()
    async with supervised(lambda item: None, events) as supervisor:
        supervisor.add(channel())
        ticks = 0
        async with asyncio.timeout(10):
            while ticks < 200:
                await asyncio.sleep(0)
                ticks += 1
        started = asyncio.get_running_loop().time()
        await supervisor.stop("twitch-chan")
        assert asyncio.get_running_loop().time() - started < 1
    assert seen.items == []


async def test_stop_is_quick_and_nothing_comes_after_it_whatever_the_source_does() -> None:
    left = asyncio.Event()

    async def events(live: Live) -> AsyncGenerator[Item, None]:
        live()
        try:
            while True:
                yield event("x")
                await asyncio.sleep(0.001)
        finally:
            await asyncio.sleep(1.5)
            left.set()

    seen = Watched()
    async with supervised(seen.take, events) as supervisor:
        supervisor.add(channel())
        await until(lambda: seen.items)
        loop = asyncio.get_running_loop()
        started = loop.time()
        await supervisor.stop("twitch-chan")
        assert loop.time() - started < 1.4  # the farewell takes longer
        count = len(seen.items)
        assert status(supervisor)["state"] == "stopped"
        # Started again before the farewell is over: it waits for it.
        supervisor.start("twitch-chan")
        await asyncio.sleep(0.1)
        assert len(seen.items) == count
        await until(lambda: len(seen.items) > count)
        assert left.is_set()


async def test_stop_while_connecting_and_while_waiting() -> None:
    async def never(live: Live) -> AsyncGenerator[Item, None]:
        await asyncio.sleep(3600)
        yield event("never")

    async def fails(live: Live) -> AsyncGenerator[Item, None]:
        raise SourceFailed("gone", wait=3600)
        yield event("never")

    for events, state in ((never, "connecting"), (fails, "waiting")):
        async with supervised(Watched().take, events) as supervisor:
            supervisor.add(channel())
            await until(lambda s=supervisor, wanted=state: status(s)["state"] == wanted)  # type: ignore[misc]
            await supervisor.stop("twitch-chan")
            assert status(supervisor)["state"] == "stopped"
            assert status(supervisor)["next_try"] is None


async def test_defect_8_two_starts_are_one_connection_and_a_restart_reads_only_what_is_new() -> None:
    async def script(chat: Chat) -> None:
        await chat.say(line("hello"))
        await chat.connection.wait_closed()

    seen = Watched()
    async with twitch(script) as (url, chats), supervised(seen.take) as supervisor:
        supervisor.add(channel(base_url=url))
        for _ in range(5):
            supervisor.start("twitch-chan")
        await until(lambda: seen.texts)
        assert len(chats) == 1
        await supervisor.stop("twitch-chan")
        await supervisor.stop("twitch-chan")
        await until(lambda: chats[0].connection.state.name == "CLOSED")
        supervisor.start("twitch-chan")
        await until(lambda: len(seen.texts) == 2)
        assert len(chats) == 2


async def test_ids_counts_and_ends() -> None:
    async def events(live: Live) -> AsyncGenerator[Item, None]:
        live()
        await asyncio.sleep(3600)
        yield event("never")

    async with supervised(Watched().take, events, most=2) as supervisor:
        supervisor.add(channel("one"))
        supervisor.add(channel("two", enabled=False))
        with pytest.raises(SourceExists):
            supervisor.add(channel("one"))
        with pytest.raises(TooManySources):
            supervisor.add(channel("three"))
        await until(lambda: status(supervisor, "twitch-one")["state"] == "live")
        assert status(supervisor, "twitch-two")["state"] == "stopped"
        supervisor.start("twitch-two")
        await until(lambda: status(supervisor, "twitch-two")["state"] == "live")
        await supervisor.remove("twitch-one")
        assert [source["id"] for source in supervisor.status()] == ["twitch-two"]
        assert [config.id for config in supervisor.configs()] == ["twitch-two"]
        supervisor.add(channel("three"))
        for call in (supervisor.start, supervisor.status):
            with pytest.raises(SourceNotFound):
                call("twitch-one")
        for stop in (supervisor.stop, supervisor.remove):
            with pytest.raises(SourceNotFound):
                await stop("twitch-one")


async def test_each_source_may_feed_a_room_of_its_own() -> None:
    async def events(live: Live) -> AsyncGenerator[Item, None]:
        live()
        yield event("x")
        await asyncio.sleep(3600)

    usual, own = Watched(), Watched()
    async with supervised(usual.take, events) as supervisor:
        supervisor.add(channel("one"))
        supervisor.add(channel("two", room="other"), own.take)
        await until(lambda: usual.texts and own.texts)
        assert [source["room"] for source in supervisor.status()] == ["main", "other"]
    assert (len(usual.texts), len(own.texts)) == (1, 1)


async def test_status_and_log_hold_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = {"HUSHKEYID", "HUSHSECRET", "HUSHCODE", "HUSHAPIKEY", "HUSHTOKEN", "HUSHAUTH"}

    async def handle(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.close(1011)

    async with socket_server(handle) as socket:
        start = {
            "game_info": {"game_id": "g"},
            "websocket_info": {"auth_body": "HUSHAUTH", "wss_link": [socket]},
            "anchor_info": {"room_id": 1},
        }
        async with http_server(lambda request: Answer({"code": 0, "data": start})) as url:
            values: list[tuple[dict[str, Any], str]] = [
                (
                    {
                        "type": "bilibili",
                        "access_key_id": "HUSHKEYID",
                        "access_key_secret": "HUSHSECRET",
                        "app_id": 1,
                        "code": "HUSHCODE",
                    },
                    url,
                ),
                ({"type": "youtube", "video": "abcdefghijk", "api_key": "HUSHAPIKEY"}, url),
                ({"type": "bilibili_web", "room_id": 1, "token": "HUSHTOKEN"}, socket),
            ]
            async with supervised(Watched().take) as supervisor:
                for value, base in values:
                    supervisor.add(source_of_request(value).model_copy(update={"base_url": base}))
                await until(lambda: all(source["last_error"] for source in supervisor.status()))
                shown = json.dumps(supervisor.status()) + repr(supervisor.configs())
    shown += "".join(f"{record.getMessage()} {record.exc_text}" for record in caplog.records)
    assert "chat source" in shown
    assert not [secret for secret in secrets if secret in shown]


async def test_no_line_of_the_log_says_what_was_said(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def script(chat: Chat) -> None:
        await chat.say(line("whisperedwords") + "@broken whisperedwords\r\n")
        chat.connection.transport.abort()

    def refuse(item: Item) -> None:
        raise RuntimeError("no")

    async with twitch(script) as (url, _), supervised(refuse) as supervisor:
        supervisor.add(channel(base_url=url))
        await until(lambda: status(supervisor)["reconnects"] >= 1)
    assert caplog.records
    assert not [record for record in caplog.records if "whisperedwords" in record.getMessage()]


async def test_a_hundred_starts_and_stops_leave_no_task_behind() -> None:
    async def script(chat: Chat) -> None:
        await chat.say(line("hello"))
        await chat.connection.wait_closed()

    seen = Watched()
    async with twitch(script) as (url, chats), supervised(seen.take) as supervisor:
        before = len(asyncio.all_tasks())
        for number in range(100):
            supervisor.add(channel(base_url=url))
            if number % 2:
                await until(lambda wanted=(number + 1) // 2: len(seen.texts) >= wanted)  # type: ignore[misc]
            await supervisor.remove("twitch-chan")
        await until(lambda: all(chat.connection.state.name == "CLOSED" for chat in chats))
        await until(lambda: len(asyncio.all_tasks()) <= before + 1)
        assert supervisor.status() == []
