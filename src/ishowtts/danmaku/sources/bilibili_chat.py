"""One WebSocket to a Bilibili live room: who we are, the heartbeat, and its messages."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Coroutine
from contextlib import suppress
from dataclasses import dataclass

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from ishowtts.danmaku.sources.bilibili_events import read
from ishowtts.danmaku.sources.bilibili_packets import MOST_PACKET, BadPacket, Decoder, Operation, Packet, encode
from ishowtts.danmaku.sources.fields import number_of
from ishowtts.danmaku.sources.http import read_object
from ishowtts.danmaku.sources.source import Item, Live, SourceFailed
from ishowtts.danmaku.sources.websocket import websocket

log = logging.getLogger(__name__)

MOST_BAD = 20
"""Frames in a row that cannot be read, before the connection counts as lost."""
_TOKEN_ERROR = -101


@dataclass(frozen=True, slots=True)
class Beat:
    """Seconds."""

    heartbeat: float = 30.0
    silence: float = 75.0
    """Without an answer to any heartbeat."""
    auth: float = 10.0
    project: float = 20.0
    project_lost: float = 60.0


async def chat(
    url: str,
    auth: bytes,
    live: Live,
    beat: Beat,
    beside: Coroutine[None, None, None] | None = None,
    user_agent: str | None = None,
) -> AsyncGenerator[Item, None]:
    """Until the connection ends, or `beside` does. Raises `SourceFailed`, `OSError`, `WebSocketException`."""
    tasks: list[asyncio.Task[None]] = []
    if beside is not None:
        tasks.append(asyncio.create_task(beside))
    try:
        async with websocket(url, most=MOST_PACKET, user_agent=user_agent) as connection:
            await connection.send(encode(Operation.AUTH, auth))
            tasks.append(asyncio.create_task(_heartbeats(connection, beat.heartbeat)))
            for task in tasks:
                task.add_done_callback(lambda _: connection.transport.abort())
            try:
                async for item in _messages(connection, live, beat):
                    yield item
            except ConnectionClosed:
                for task in tasks:
                    if task.done() and not task.cancelled():
                        task.result()
                raise
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _messages(connection: ClientConnection, live: Live, beat: Beat) -> AsyncGenerator[Item, None]:
    decoder, bad, welcome = Decoder(), 0, False
    clock = asyncio.get_running_loop().time
    deadline = clock() + beat.auth
    while True:
        try:
            async with asyncio.timeout_at(deadline):
                frame = await connection.recv()
        except TimeoutError:
            what = "answers no heartbeat any more" if welcome else "did not say whether it lets us in"
            raise SourceFailed(f"Bilibili {what}.") from None
        try:
            for packet in decoder.feed(frame.encode() if isinstance(frame, str) else frame):
                bad = 0
                if packet.operation == Operation.AUTH_REPLY:
                    _check(packet)
                    welcome = True
                    live()
                if packet.operation in (Operation.AUTH_REPLY, Operation.HEARTBEAT_REPLY):
                    deadline = clock() + beat.silence if welcome else deadline
                elif packet.operation == Operation.MESSAGE and welcome:
                    for item in _read(packet):
                        yield item
        except BadPacket as error:
            bad += 1
            log.warning("bilibili: a frame was dropped: %s", error)
            if bad >= MOST_BAD:
                raise SourceFailed("Bilibili sends what cannot be read.") from None


def _read(packet: Packet) -> list[Item]:
    command = read_object(packet.body)
    if command.get("cmd") == "LIVE_OPEN_PLATFORM_INTERACTION_END":
        raise SourceFailed("Bilibili ended the project's session.", wait=5.0)
    return read(command)


def _check(packet: Packet) -> None:
    reply = read_object(packet.body)
    code = reply.get("code")
    if code == _TOKEN_ERROR:
        raise SourceFailed("Bilibili does not accept the token of the room: it may have run out.", wait=10.0)
    if code != 0:
        raise SourceFailed(f"Bilibili does not let us into the room (code {number_of(code)}).", wait=10.0)


async def _heartbeats(connection: ClientConnection, seconds: float) -> None:
    """The first at once: without it the server waits for half a minute."""
    with suppress(ConnectionClosed):  # the reader tells why
        while True:
            await connection.send(encode(Operation.HEARTBEAT))
            await asyncio.sleep(seconds)


def web_auth(room_id: int, uid: int, token: str, buvid: str) -> bytes:
    """Version 2 asks for zlib; version 3 would be brotli, which has no bound in its Python library."""
    about = {"uid": uid, "roomid": room_id, "protover": 2, "platform": "web", "type": 2, "buvid": buvid, "key": token}
    return json.dumps(about).encode()
