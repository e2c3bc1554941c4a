from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import struct
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection

from ishowtts.danmaku.event import Retraction
from ishowtts.danmaku.sources.bilibili import BilibiliOpenSource, BilibiliWebSource
from ishowtts.danmaku.sources.bilibili_chat import MOST_BAD, Beat
from ishowtts.danmaku.sources.failure import plain_words
from ishowtts.danmaku.sources.hosts import Hosts
from ishowtts.danmaku.sources.source import SourceFailed
from tests.danmaku.sources.loopback import Answer, Request, http_server, read_all, socket_server
from tests.danmaku.sources.test_bilibili_events import OPEN_USER, danmu
from tests.serving.running import until

pytestmark = pytest.mark.anyio

KEY, SECRET, APP, CODE = "key-id", "key-secret", 1234567890123, "STREAMERCODE"
AUTH = '{"roomid":7,"protover":2,"uid":99,"key":"k","group":"open"}'
QUICK = Beat(heartbeat=0.05, silence=0.4, auth=0.3, project=0.05, project_lost=0.3)


def packet(operation: int, body: bytes, version: int = 0) -> bytes:
    return struct.pack(">I2H2I", 16 + len(body), 16, version, operation, 1) + body


def message(cmd: str, **fields: Any) -> bytes:
    return packet(5, json.dumps({"cmd": cmd, **fields}).encode())


def said(text: str) -> bytes:
    return message("LIVE_OPEN_PLATFORM_DM", data={**OPEN_USER, "msg": text})


def packed(*packets: bytes) -> bytes:
    return packet(5, zlib.compress(b"".join(packets)), 2)


class Room:
    """One connection to the fake's WebSocket, which must introduce itself first."""

    def __init__(self, connection: ServerConnection) -> None:
        self.connection = connection
        self.auth = b""
        self.heartbeats = 0
        self.answers_heartbeats = True

    async def serve(self, script: Script, reply: bytes | None) -> None:
        operation, self.auth = await self.hear()
        assert operation == 7
        if reply is not None:
            await self.connection.send(packet(8, reply, 1))
        listener = asyncio.create_task(self._listen())
        try:
            await script(self)
        finally:
            listener.cancel()

    async def hear(self) -> tuple[int, bytes]:
        frame = await self.connection.recv()
        assert isinstance(frame, bytes)
        length, header, _, operation, _ = struct.unpack_from(">I2H2I", frame)
        assert (length, header) == (len(frame), 16)
        return operation, frame[16:]

    async def _listen(self) -> None:
        while True:
            operation, body = await self.hear()
            assert operation == 2
            self.heartbeats += 1
            if self.answers_heartbeats:
                # The length does not count the echo, as with the real one.
                await self.connection.send(packet(3, struct.pack(">I", 100), 1) + body)

    async def say(self, *frames: bytes) -> None:
        for frame in frames:
            await self.connection.send(frame)

    async def stay(self) -> None:
        await self.connection.wait_closed()


Script = Callable[[Room], Awaitable[None]]


@dataclass
class Platform:
    """The fake of Open Live: checks each signature, and knows one session at a time."""

    links: list[str]
    game: str = "game-1"
    codes: dict[str, list[int]] = field(default_factory=dict)
    """Of the answers to come, by path; 0 when there are none left."""
    asked: list[tuple[str, Any]] = field(default_factory=list)
    nonces: set[str] = field(default_factory=set)
    raw: Answer | None = None
    hang: Callable[[Request], Awaitable[Answer]] | None = None

    def reply(self, request: Request) -> Answer | Awaitable[Answer]:
        return self.hang(request) if self.hang else self.answer(request)

    def answer(self, request: Request) -> Answer:
        what = request.path.removeprefix("/v2/app/")
        self._check(request)
        self.asked.append((what, request.json))
        if self.raw is not None:
            return self.raw
        code = self.codes.get(what, []).pop(0) if self.codes.get(what) else 0
        data: dict[str, Any] = {}
        if what == "start":
            data = {
                "anchor_info": {"room_id": 7, "uname": "主播", "uid": 99, "open_id": "o-99"},
                "game_info": {"game_id": self.game},
                "websocket_info": {"auth_body": AUTH, "wss_link": self.links},
            }
        return Answer({"code": code, "message": "m", "request_id": "r", "data": data})

    def _check(self, request: Request) -> None:
        headers = request.headers
        assert request.method == "POST"
        assert headers["content-type"] == headers["accept"] == "application/json"
        names = sorted(name for name in headers if name.startswith("x-bili-"))
        assert len(names) == 6
        text = "\n".join(f"{name}:{headers[name]}" for name in names)
        expected = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
        assert headers["authorization"] == expected
        assert headers["x-bili-content-md5"] == hashlib.md5(request.body).hexdigest()
        assert headers["x-bili-accesskeyid"] == KEY
        assert abs(int(headers["x-bili-timestamp"]) - time.time()) < 60
        assert headers["x-bili-signature-nonce"] not in self.nonces
        self.nonces.add(headers["x-bili-signature-nonce"])

    def count(self, what: str) -> int:
        return sum(name == what for name, _ in self.asked)


@dataclass
class Fake:
    url: str
    platform: Platform
    rooms: list[Room]

    def source(self, beat: Beat | None = None) -> BilibiliOpenSource:
        return BilibiliOpenSource(
            url=self.url,
            hosts=Hosts.of_base(self.url),
            key_id=KEY,
            key_secret=SECRET,
            app_id=APP,
            code=CODE,
            beat=beat,
        )


@asynccontextmanager
async def bilibili(script: Script, reply: bytes | None = b'{"code":0}') -> AsyncIterator[Fake]:
    rooms: list[Room] = []

    async def handle(connection: ServerConnection) -> None:
        rooms.append(Room(connection))
        await rooms[-1].serve(script, reply)

    async with socket_server(handle) as socket:
        platform = Platform([f"{socket}/sub"])
        async with http_server(platform.reply) as url:
            yield Fake(url, platform, rooms)


async def stay(room: Room) -> None:
    await room.stay()


async def test_a_session_is_begun_read_kept_and_ended() -> None:
    async def script(room: Room) -> None:
        await room.say(packed(said("你好"), message("SOMETHING_NEW", data={}), said("再见")))
        await until(lambda: room.heartbeats >= 3)
        await room.say(said("still"))
        await room.stay()

    async with bilibili(script) as fake:
        reading = await read_all(fake.source(QUICK), most=3)
        await until(lambda: fake.platform.count("end"))
    assert [event.text for event in reading.events] == ["你好", "再见", "still"]
    assert reading.live == 1
    assert fake.rooms[0].auth == AUTH.encode()
    assert fake.platform.asked[0] == ("start", {"code": CODE, "app_id": APP})
    assert fake.platform.asked[-1] == ("end", {"app_id": APP, "game_id": "game-1"})
    assert ("heartbeat", {"game_id": "game-1"}) in fake.platform.asked


async def test_an_app_without_a_session_id_has_no_heartbeat_and_no_end() -> None:
    async def script(room: Room) -> None:
        await asyncio.sleep(0.2)
        await room.say(said("x"))
        await room.stay()

    async with bilibili(script) as fake:
        fake.platform.game = ""
        reading = await read_all(fake.source(QUICK), most=1)
    assert len(reading.events) == 1
    assert [what for what, _ in fake.platform.asked] == ["start"]


async def test_packets_split_and_merged() -> None:
    async def script(room: Room) -> None:
        whole = said("split over three")
        await room.say(whole[:9], whole[9:40], whole[40:])
        await room.say(said("a") + packed(said("b"), said("c")) + said("d")[:20], said("d")[20:] + said("e"))
        await room.stay()

    async with bilibili(script) as fake:
        reading = await read_all(fake.source(), most=6)
    assert [event.text for event in reading.events] == ["split over three", "a", "b", "c", "d", "e"]


@pytest.mark.parametrize(
    ("reply", "part"),
    [
        (b'{"code":-101}', "token"),
        (b'{"code":5}', "code 5"),
        (b"junk", "code 0"),
        (b'{"code":null}', "let us"),
        (b'{"code":"0"}', "let us"),
    ],
)
async def test_auth_failure(reply: bytes, part: str) -> None:
    async with bilibili(stay, reply) as fake:
        reading = await read_all(fake.source(QUICK))
        await until(lambda: fake.platform.count("end"))
    assert isinstance(reading.error, SourceFailed)
    assert part in str(reading.error)
    assert reading.live == 0


async def test_no_answer_to_who_we_are() -> None:
    async with bilibili(stay, None) as fake:
        reading = await read_all(fake.source(QUICK))
    assert "lets us in" in str(reading.error)


async def test_messages_before_we_are_let_in_are_not_read() -> None:
    async def script(room: Room) -> None:
        await room.say(said("too early"))
        await room.say(packet(8, b'{"code":0}', 1), said("in time"))
        await room.stay()

    async with bilibili(script, None) as fake:
        reading = await read_all(fake.source(), most=1)
    assert [event.text for event in reading.events] == ["in time"]


async def test_a_bomb_a_short_frame_and_damage_cost_only_themselves() -> None:
    bomb = packet(5, zlib.compress(bytes(64 * 1024 * 1024), 9), 2)

    async def script(room: Room) -> None:
        await room.say(bomb, said("one"))
        await room.say(packet(5, b"not zlib", 2), packet(5, b"\x0b\x02\x80x\x03", 3), said("two"))
        await room.say(said("lost")[:30], said("three"), packet(5, b"{broken"), packet(5, b"[" * 100_000))
        await room.say(packet(99, b"unknown"), packet(5, b""), said("four"))
        await room.connection.send("text, not bytes")
        await room.say(said("five"))
        await room.stay()

    async with bilibili(script) as fake:
        reading = await read_all(fake.source(), most=5)
    assert [event.text for event in reading.events] == ["one", "two", "three", "four", "five"]


async def test_nothing_but_damage_ends_the_connection() -> None:
    async def script(room: Room) -> None:
        await room.say(*[packet(5, b"not zlib", 2)] * MOST_BAD)
        await room.stay()

    async with bilibili(script) as fake:
        reading = await read_all(fake.source())
    assert str(reading.error) == "Bilibili sends what cannot be read."


async def test_a_frame_past_the_limit_ends_the_connection() -> None:
    async def script(room: Room) -> None:
        await room.say(bytes(2 * 1024 * 1024))
        await room.stay()

    async with bilibili(script) as fake:
        reading = await read_all(fake.source())
    assert reading.error is not None
    assert "larger" in (plain_words(reading.error) or "")


async def test_missing_heartbeat_replies_end_the_connection_though_messages_come() -> None:
    async def script(room: Room) -> None:
        room.answers_heartbeats = False
        while True:
            await room.say(said("x"))
            await asyncio.sleep(0.05)

    async with bilibili(script) as fake:
        reading = await read_all(fake.source(QUICK))
    assert "heartbeat" in str(reading.error)
    assert reading.events


async def test_a_server_that_closes_is_told_and_the_session_is_ended() -> None:
    async def script(room: Room) -> None:
        await room.say(said("x"))
        await room.connection.close(1011)

    async with bilibili(script) as fake:
        reading = await read_all(fake.source())
        await until(lambda: fake.platform.count("end"))
    assert reading.error is not None
    assert plain_words(reading.error) == "The platform closed the connection (code 1011)."


async def test_a_session_that_cannot_be_ended_does_not_hide_why_it_ended() -> None:
    async def script(room: Room) -> None:
        await room.connection.close(1011)

    async with bilibili(script) as fake:
        fake.platform.codes = {"end": [7000]}
        reading = await read_all(fake.source())
        assert fake.platform.count("end") == 1
    assert reading.error is not None
    assert plain_words(reading.error) == "The platform closed the connection (code 1011)."


async def test_a_session_that_the_platform_has_closed_ends_the_connection() -> None:
    async with bilibili(stay) as fake:
        fake.platform.codes = {"heartbeat": [0, 7003]}
        reading = await read_all(fake.source(QUICK))
    assert str(reading.error) == "Bilibili does not keep the session any more."


async def test_a_heartbeat_that_fails_once_does_not_and_one_that_fails_for_long_does() -> None:
    async with bilibili(stay) as fake:
        fake.platform.codes = {"heartbeat": [5000, 0, 5000, 0] + [5000] * 100}
        reading = await read_all(fake.source(QUICK))
        assert fake.platform.count("heartbeat") > 7
    assert isinstance(reading.error, SourceFailed)


async def test_the_platform_may_end_the_session() -> None:
    async def script(room: Room) -> None:
        await room.say(message("LIVE_OPEN_PLATFORM_INTERACTION_END", data={"game_id": "game-1", "timestamp": 1}))
        await room.stay()

    async with bilibili(script) as fake:
        reading = await read_all(fake.source())
    assert "ended the project's session" in str(reading.error)


@pytest.mark.parametrize(
    ("code", "final", "part"),
    [
        (4002, True, "access_key_secret"),
        (7007, True, "streamer's code"),
        (8002, True, "app_id"),
        (4003, False, "clock"),
        (7001, False, "closing"),
        (7002, False, "session of this app"),
        (5000, False, "refuses"),
        (-400, False, "refuses"),
    ],
)
async def test_refusals_are_told_in_plain_words(code: int, final: bool, part: str) -> None:
    async with bilibili(stay) as fake:
        fake.platform.codes = {"start": [code]}
        reading = await read_all(fake.source())
        assert fake.platform.count("end") == 0
    assert isinstance(reading.error, SourceFailed)
    assert reading.error.final is final
    assert part in str(reading.error)
    assert f"(code {code})" in str(reading.error)
    assert not {SECRET, CODE, KEY} & set(str(reading.error).split())


@pytest.mark.parametrize(
    "raw",
    [
        Answer(status=500, body=b"oops"),
        Answer(body=b"<html>"),
        Answer(body=[1, 2]),
        Answer(body={}),
        Answer(body={"code": 0}),
        Answer(body={"code": None}),
        Answer(
            body={"code": "0", "data": {"websocket_info": {"auth_body": "x", "wss_link": ["wss://a.bilibili.com"]}}}
        ),
        Answer(body={"code": 0, "data": {"websocket_info": {"auth_body": "x", "wss_link": "no list"}}}),
        Answer(body=b"[" * 100_000),
        Answer(body=b" " * 9_000_000),
        Answer(status=302, headers={"location": "http://127.0.0.1:1/"}),
        Answer(body=zlib.compress(b"{}"), headers={"content-encoding": "deflate"}),
    ],
)
async def test_an_answer_that_makes_no_sense_is_a_failure_and_no_more(raw: Answer) -> None:
    async with bilibili(stay) as fake:
        fake.platform.raw = raw
        reading = await read_all(fake.source())
    assert isinstance(reading.error, SourceFailed)
    assert not reading.error.final
    assert reading.live == 0


@pytest.mark.parametrize(
    "link",
    [
        "wss://evil.example/sub",
        "ws://a.bilibili.com/sub",
        "wss://bilibili.com.evil.example/",
        "http://127.0.0.1/",
        "junk",
    ],
)
async def test_addresses_that_are_not_the_platforms_are_not_followed(link: str) -> None:
    async with bilibili(stay) as fake:
        fake.platform.links = [link]
        reading = await read_all(fake.source())
        await until(lambda: fake.platform.count("end"))
        assert fake.rooms == []
    assert isinstance(reading.error, SourceFailed)
    assert reading.error.final


async def test_deletion_of_a_super_chat() -> None:
    async def script(room: Room) -> None:
        data = {**OPEN_USER, "message_id": 5, "message": "hi", "rmb": 30}
        await room.say(message("LIVE_OPEN_PLATFORM_SUPER_CHAT", data=data))
        await room.say(message("LIVE_OPEN_PLATFORM_SUPER_CHAT_DEL", data={"room_id": 7, "message_ids": [5]}))
        await room.stay()

    async with bilibili(script) as fake:
        reading = await read_all(fake.source(), most=2)
    assert isinstance(reading.items[1], Retraction)
    assert reading.items[1].covers(reading.events[0])


async def test_as_the_web_page_connects() -> None:
    rooms: list[Room] = []

    async def script(room: Room) -> None:
        await room.say(packed(message("DANMU_MSG", info=danmu("你好", uid=0, name="张***"))))
        await room.stay()

    async def handle(connection: ServerConnection) -> None:
        rooms.append(Room(connection))
        await rooms[-1].serve(script, b'{"code":0}')

    async with socket_server(handle) as url:
        reading = await read_all(
            BilibiliWebSource(f"{url}/sub", 7, token="tok", uid=3, buvid="b", user_agent="Browser/1"), most=1
        )
    assert [(event.text, event.author.id) for event in reading.events] == [("你好", "")]
    request = rooms[0].connection.request
    assert request is not None
    assert request.headers["User-Agent"] == "Browser/1"
    about = {"uid": 3, "roomid": 7, "protover": 2, "platform": "web", "type": 2, "buvid": "b", "key": "tok"}
    assert json.loads(rooms[0].auth) == about


async def test_closing_in_the_middle_of_a_flood_leaves_no_task_behind() -> None:
    async def script(room: Room) -> None:
        flood = packed(*[said("x")] * 100)
        while True:
            await room.say(flood)
            await asyncio.sleep(0)

    async with bilibili(script) as fake:
        before = asyncio.all_tasks()
        reading = await read_all(fake.source(QUICK), most=250)
        assert len(reading.items) == 250, reading.error
        await until(lambda: fake.platform.count("end"))
        ours = {task for task in asyncio.all_tasks() - before if "sources" in repr(task.get_coro())}
        assert not [task for task in ours if "loopback" not in repr(task) and "test_" not in repr(task)]
