"""A chat of Twitch on loopback that a test drives while the server reads it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from tests.danmaku.sources.loopback import socket_server
from tests.serving.running import PATIENCE


class FakeTwitch:
    def __init__(self) -> None:
        self.url = ""
        self.here: dict[ServerConnection, str] = {}
        """Who has joined which channel, now."""
        self.entered: list[str] = []
        """Each channel that was joined, in order."""
        self.pongs = 0
        self._numbers = itertools.count(1)

    async def say(self, name: str, text: str, *, id: str = "", channel: str = "", **tags: str) -> str:
        """To all who are there, or in this channel; the id of the message."""
        id = id or f"m{next(self._numbers)}"
        told = {"display-name": name, "id": id, "room-id": "7", "user-id": f"id-{name.lower()}", **tags}
        told = {key.replace("_", "-"): value for key, value in told.items()}
        written = ";".join(f"{key}={value}" for key, value in told.items())
        nick = name.lower()
        await self._send(f"@{written} :{nick}!{nick}@{nick}.tmi.twitch.tv PRIVMSG #{{channel}} :{text}\r\n", channel)
        return id

    async def delete(self, id: str) -> None:
        await self._send(f"@login=ann;target-msg-id={id} :tmi.twitch.tv CLEARMSG #{{channel}} :gone\r\n")

    async def ban(self, name: str) -> None:
        nick = name.lower()
        await self._send(f"@room-id=7;target-user-id=id-{nick} :tmi.twitch.tv CLEARCHAT #{{channel}} :{nick}\r\n")

    async def clear(self) -> None:
        await self._send("@room-id=7 :tmi.twitch.tv CLEARCHAT #{channel}\r\n")

    async def ask_to_reconnect(self) -> None:
        await self._send(":tmi.twitch.tv RECONNECT\r\n")

    async def ping(self) -> None:
        await self._send("PING :tmi.twitch.tv\r\n")

    def hang_up(self) -> None:
        """Without a word."""
        for connection in list(self.here):
            connection.transport.abort()

    async def joined(self, channel: str) -> None:
        await self.until(lambda: channel in self.here.values())

    @staticmethod
    async def until(true: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not true():  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    async def handle(self, connection: ServerConnection) -> None:
        nick = ""
        try:
            async for frame in connection:
                for line in str(frame).splitlines():
                    command, _, rest = line.partition(" ")
                    if command == "NICK":
                        nick = rest
                        await connection.send(f":tmi.twitch.tv 001 {nick} :Welcome, GLHF!\r\n")
                    elif command == "JOIN":
                        self.here[connection] = rest.lstrip("#")
                        self.entered.append(rest.lstrip("#"))
                        await connection.send(f":{nick}!{nick}@{nick}.tmi.twitch.tv JOIN {rest}\r\n")
                    elif command == "PONG":
                        self.pongs += 1
        except ConnectionClosed:
            pass
        finally:
            self.here.pop(connection, None)

    async def _send(self, line: str, channel: str = "") -> None:
        for connection, joined in list(self.here.items()):
            if channel in ("", joined):
                await connection.send(line.replace("{channel}", joined))


@asynccontextmanager
async def fake_twitch() -> AsyncIterator[FakeTwitch]:
    twitch = FakeTwitch()
    async with socket_server(twitch.handle) as url:
        twitch.url = url
        yield twitch
