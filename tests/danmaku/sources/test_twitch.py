from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import ServerConnection

from ishowtts.danmaku.event import ChatEvent, Retraction
from ishowtts.danmaku.sources.failure import plain_words
from ishowtts.danmaku.sources.source import SourceFailed
from ishowtts.danmaku.sources.twitch import Patience, TwitchSource
from tests.danmaku.sources.loopback import read_all, socket_server

pytestmark = pytest.mark.anyio

QUICK = Patience(join=0.3, silence=0.15, answer=0.15)
TAGS = "display-name=Ann;id={};room-id=7;tmi-sent-ts=1700000000000;user-id=42"
Script = Callable[["Chat"], Awaitable[None]]


def line(text: str, number: object = 1, tags: str = "") -> str:
    return f"@{TAGS.format(number)}{tags} :ann!ann@ann.tmi.twitch.tv PRIVMSG #chan :{text}\r\n"


class Chat:
    """One connection to the fake."""

    def __init__(self, connection: ServerConnection) -> None:
        self.connection = connection
        self.heard: list[str] = []

    async def welcome(self, channel: str = "chan") -> None:
        nick = ""
        while True:
            said = await self.hear()
            if said.startswith("CAP REQ"):
                await self.say(":tmi.twitch.tv CAP * ACK :twitch.tv/tags twitch.tv/commands\r\n")
            elif said.startswith("NICK"):
                nick = said.split()[1]
                await self.say(f":tmi.twitch.tv 001 {nick} :Welcome, GLHF!\r\n:tmi.twitch.tv 376 {nick} :>\r\n")
            elif said.startswith("JOIN"):
                await self.say(
                    f":{nick}!{nick}@{nick}.tmi.twitch.tv JOIN #{channel}\r\n"
                    f":{nick}.tmi.twitch.tv 353 {nick} = #{channel} :{nick}\r\n"
                    f"@emote-only=0;room-id=7;slow=0 :tmi.twitch.tv ROOMSTATE #{channel}\r\n"
                )
                return

    async def hear(self) -> str:
        frame = await self.connection.recv()
        assert isinstance(frame, str)
        self.heard.append(frame.removesuffix("\r\n"))
        return self.heard[-1]

    async def say(self, text: str) -> None:
        await self.connection.send(text)


@asynccontextmanager
async def twitch(script: Script, welcome: bool = True) -> AsyncIterator[tuple[str, list[Chat]]]:
    chats: list[Chat] = []

    async def handle(connection: ServerConnection) -> None:
        chat = Chat(connection)
        chats.append(chat)
        if welcome:
            await chat.welcome()
        await script(chat)

    async with socket_server(handle) as url:
        yield url, chats


async def test_a_guest_enters_and_reads() -> None:
    async def script(chat: Chat) -> None:
        await chat.say(line("hello"))

    async with twitch(script) as (url, chats):
        reading = await read_all(TwitchSource("Chan", url))
    assert [event.text for event in reading.events] == ["hello"]
    assert reading.live == 1
    heard = chats[0].heard
    assert heard[0] == "CAP REQ :twitch.tv/tags twitch.tv/commands"
    assert heard[1].startswith("PASS ")
    assert heard[2].startswith("NICK justinfan")
    assert heard[2].removeprefix("NICK justinfan").isdigit()
    assert heard[3] == "JOIN #chan"


async def test_several_lines_in_a_frame_and_one_over_several() -> None:
    async def script(chat: Chat) -> None:
        await chat.say(line("one") + line("two") + "@broken\r\n\r\n" + line("three"))
        whole = line("四 😀 four")
        await chat.say(line("before") + whole[:30])
        await chat.say(whole[30:70])
        await chat.say(whole[70:] + line("after"))

    async with twitch(script) as (url, _):
        reading = await read_all(TwitchSource("chan", url))
    assert [event.text for event in reading.events] == ["one", "two", "three", "before", "四 😀 four", "after"]


async def test_a_connection_that_ends_within_a_line_gives_what_was_whole() -> None:
    async def script(chat: Chat) -> None:
        await chat.say(line("whole") + line("cut off")[:-10])
        chat.connection.transport.abort()

    async with twitch(script) as (url, _):
        source = TwitchSource("chan", url)
        reading = await read_all(source)
        assert [event.text for event in reading.events] == ["whole"]
        assert reading.error is not None
        assert plain_words(reading.error)
        # What was left of it does not come up in the next connection.
        assert [event.text for event in (await read_all(source)).events] == ["whole"]


async def test_ping_is_answered_while_thousands_of_messages_are_read() -> None:
    async def script(chat: Chat) -> None:
        for part in range(20):
            await chat.say("".join(line(f"m{part * 100 + n}", part * 100 + n) for n in range(100)))
            if part == 10:
                await chat.say("PING :tmi.twitch.tv\r\n")
        assert await chat.hear() == "PONG :tmi.twitch.tv"
        await chat.say(line("answered"))

    async with twitch(script) as (url, _):
        reading = await read_all(TwitchSource("chan", url))
    assert len(reading.events) == 2001
    assert reading.events[-1].text == "answered"


async def test_defect_1_a_long_chinese_message_does_not_end_the_connection() -> None:
    async def script(chat: Chat) -> None:
        await chat.say(line("弹" * 94) + line("👨‍👩‍👧" * 1200) + line("after"))

    async with twitch(script) as (url, _):
        events = (await read_all(TwitchSource("chan", url))).events
    assert events[0].text == "弹" * 94
    assert 900 < len(events[1].text) <= 1000
    assert events[1].text.replace("👨‍👩‍👧", "") == ""
    assert events[2].text == "after"


async def test_reconnect_ends_the_connection() -> None:
    async def script(chat: Chat) -> None:
        await chat.say(line("before") + ":tmi.twitch.tv RECONNECT\r\n")
        await chat.connection.wait_closed()

    async with twitch(script) as (url, _):
        reading = await read_all(TwitchSource("chan", url))
    assert [event.text for event in reading.events] == ["before"]
    assert isinstance(reading.error, SourceFailed)
    assert not reading.error.final


async def test_silence_is_asked_about_and_an_answer_keeps_the_connection() -> None:
    async def script(chat: Chat) -> None:
        for _ in range(2):
            asked = await chat.hear()
            assert asked.startswith("PING ")
            await chat.say(f":tmi.twitch.tv PONG tmi.twitch.tv {asked.partition(' ')[2]}\r\n")
        await chat.say(line("still here"))

    async with twitch(script) as (url, _):
        reading = await read_all(TwitchSource("chan", url, patience=QUICK))
    assert [event.text for event in reading.events] == ["still here"]


async def test_defect_8_no_read_timeout_silence_without_an_answer_ends_the_connection() -> None:
    async def script(chat: Chat) -> None:
        await chat.connection.wait_closed()

    async with twitch(script) as (url, _):
        reading = await read_all(TwitchSource("chan", url, patience=QUICK))
    assert str(reading.error) == "Twitch has fallen silent."
    assert reading.live == 1


async def test_a_channel_that_is_not_there_is_told_as_such() -> None:
    async def script(chat: Chat) -> None:
        await chat.welcome("another")
        await chat.connection.wait_closed()

    async with twitch(script, welcome=False) as (url, _):
        reading = await read_all(TwitchSource("chan", url, patience=QUICK))
    assert reading.live == 0
    assert isinstance(reading.error, SourceFailed)
    assert "#chan" in str(reading.error)
    assert reading.error.wait >= 30


@pytest.mark.parametrize(
    ("said", "part"),
    [
        (":tmi.twitch.tv NOTICE * :Login authentication failed\r\n", "refuses guests"),
        ("@msg-id=msg_channel_suspended :tmi.twitch.tv NOTICE #chan :This channel ...\r\n", "suspended"),
    ],
)
async def test_being_refused_is_told(said: str, part: str) -> None:
    async def script(chat: Chat) -> None:
        await chat.say(said)
        await chat.connection.wait_closed()

    async with twitch(script, welcome=False) as (url, _):
        reading = await read_all(TwitchSource("chan", url, patience=QUICK))
    assert isinstance(reading.error, SourceFailed)
    assert part in str(reading.error)


async def test_a_notice_of_the_room_does_not_end_the_connection() -> None:
    async def script(chat: Chat) -> None:
        await chat.say("@msg-id=slow_on :tmi.twitch.tv NOTICE #chan :This room is now in slow mode.\r\n" + line("on"))

    async with twitch(script) as (url, _):
        assert [event.text for event in (await read_all(TwitchSource("chan", url))).events] == ["on"]


async def test_defect_deletions_ignored_they_come_in_their_order() -> None:
    async def script(chat: Chat) -> None:
        await chat.say(line("bad", "x-1"))
        await chat.say("@login=ann;target-msg-id=x-1 :tmi.twitch.tv CLEARMSG #chan :bad\r\n")
        await chat.say("@target-user-id=42 :tmi.twitch.tv CLEARCHAT #chan :ann\r\n:tmi.twitch.tv CLEARCHAT #chan\r\n")

    async with twitch(script) as (url, _):
        items = (await read_all(TwitchSource("chan", url))).items
    assert isinstance(items[0], ChatEvent)
    assert items[1:] == [
        Retraction("twitch", "x-1"),
        Retraction("twitch", user_id="42"),
        Retraction("twitch", everything=True),
    ]
    assert isinstance(items[1], Retraction)
    assert items[1].covers(items[0])


async def test_a_frame_larger_than_any_should_be_ends_the_connection() -> None:
    async def script(chat: Chat) -> None:
        await chat.say("x" * 2_000_000)
        await chat.connection.wait_closed()

    async with twitch(script) as (url, _):
        reading = await read_all(TwitchSource("chan", url))
    assert reading.error is not None
    assert "larger" in (plain_words(reading.error) or "")


async def test_binary_frames_and_broken_utf8_are_read_as_well_as_it_goes() -> None:
    async def script(chat: Chat) -> None:
        await chat.connection.send(line("caf\xe9").encode("latin-1"))

    async with twitch(script) as (url, _):
        assert [event.text for event in (await read_all(TwitchSource("chan", url))).events] == ["caf\ufffd"]


async def test_closing_is_quick_when_the_server_does_not_answer_the_farewell() -> None:
    stuck = asyncio.Event()

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        key = next(row.split(": ")[1] for row in head.split("\r\n") if row.lower().startswith("sec-websocket-key"))
        accept = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest())
        writer.write(b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ")
        writer.write(accept + b"\r\n\r\n")
        text = (":a!a@a JOIN #chan\r\n" + line("hi")).encode()
        writer.write(bytes([0x81, 126]) + len(text).to_bytes(2, "big") + text)
        await stuck.wait()
        writer.close()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    async with server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        items = TwitchSource("chan", url).events(lambda: None)
        await anext(items)
        async with asyncio.timeout(3):  # its own limit is under a second
            await items.aclose()
        stuck.set()


async def test_a_redirect_is_not_followed() -> None:
    asked: list[str] = []

    async def elsewhere(connection: ServerConnection) -> None:
        asked.append("elsewhere")

    async with socket_server(elsewhere) as other:

        def send_away(connection: ServerConnection, request: object) -> object:
            response = connection.respond(302, "")
            response.headers["Location"] = other
            return response

        async with socket_server(elsewhere, process_request=send_away) as url:
            reading = await read_all(TwitchSource("chan", url))
    assert reading.error is not None
    assert "another address" in (plain_words(reading.error) or "")
    assert asked == []
