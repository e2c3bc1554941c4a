"""Twitch chat, without an account: IRC over WebSocket under a guest's name."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from websockets.asyncio.client import ClientConnection

from ishowtts.danmaku.sources.irc import Line, Lines, parse
from ishowtts.danmaku.sources.source import Item, Live, SourceFailed
from ishowtts.danmaku.sources.twitch_events import TwitchEvents
from ishowtts.danmaku.sources.websocket import websocket

MOST_FRAME = 512 * 1024


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds."""

    join: float = 15.0
    silence: float = 60.0
    """Without a line before we ask whether anybody is there. Twitch itself asks every five minutes."""
    answer: float = 15.0


class TwitchSource:
    """One channel."""

    def __init__(self, channel: str, url: str, *, shared_chat: bool = False, patience: Patience | None = None) -> None:
        self._channel = channel.lower()
        self._url = url
        self._patience = patience or Patience()
        # Kept over connections: parts of a bundle may come after a reconnect.
        self._reader = TwitchEvents(shared_chat)

    async def events(self, live: Live) -> AsyncGenerator[Item, None]:
        async with websocket(self._url, most=MOST_FRAME) as connection:
            await self._enter(connection)
            lines, joined = Lines(), False
            loop = asyncio.get_running_loop()
            deadline = loop.time() + self._patience.join
            while True:
                frame = await self._receive(connection, None if joined else deadline)
                for written in lines.feed(frame):
                    line = parse(written)
                    if line is None:
                        continue
                    if not joined and self._is_joined(line):
                        joined = True
                        live()
                    item = await self._handle(connection, line)
                    if item is not None:
                        yield item

    async def _enter(self, connection: ClientConnection) -> None:
        for line in (
            "CAP REQ :twitch.tv/tags twitch.tv/commands",
            "PASS SCHMOOPIIE",
            f"NICK justinfan{secrets.randbelow(80_000) + 1000}",
            f"JOIN #{self._channel}",
        ):
            await connection.send(line + "\r\n")

    async def _receive(self, connection: ClientConnection, deadline: float | None) -> str:
        """The next frame. Raises `SourceFailed` where none comes, and none even after asking."""
        try:
            if deadline is not None:
                async with asyncio.timeout_at(deadline):
                    return _text(await connection.recv())
            try:
                async with asyncio.timeout(self._patience.silence):
                    return _text(await connection.recv())
            except TimeoutError:
                async with asyncio.timeout(self._patience.answer):
                    await connection.send("PING :ishowtts\r\n")
                    return _text(await connection.recv())
        except TimeoutError:
            if deadline is not None:
                raise SourceFailed(
                    f"Twitch does not let us into #{self._channel}: is the name right, and the channel not suspended?",
                    wait=60.0,
                ) from None
            raise SourceFailed("Twitch has fallen silent.") from None

    def _is_joined(self, line: Line) -> bool:
        return line.command in ("JOIN", "ROOMSTATE", "366") and f"#{self._channel}" in line.params

    async def _handle(self, connection: ClientConnection, line: Line) -> Item | None:
        match line.command:
            case "PING":
                await connection.send(f"PONG :{line.text}\r\n")
            case "RECONNECT":
                raise SourceFailed("Twitch asked to connect anew.")
            case "NOTICE" if line.tags.get("msg-id") in ("msg_channel_suspended", "msg_banned"):
                raise SourceFailed(f"Twitch says that #{self._channel} is suspended, or bans guests.", wait=300.0)
            case "NOTICE" if line.param(0) == "*":
                raise SourceFailed("Twitch refuses guests at the moment.", wait=30.0)
            case _:
                return self._reader.read(line)
        return None


def _text(frame: str | bytes) -> str:
    return frame if isinstance(frame, str) else frame.decode("utf-8", "replace")
