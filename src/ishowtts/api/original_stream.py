"""/api/danmaku/stream: a room's sound for the page of the first iShowTTS, a whole WAV file in each message."""

from __future__ import annotations

import asyncio
import contextlib
import json
import struct
import time
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.websockets import WebSocket, WebSocketDisconnect

from ishowtts.api.caller import needs
from ishowtts.api.sockets import services_of, sockets, until_over
from ishowtts.audio.encode import encode_file
from ishowtts.danmaku.broker import Subscription
from ishowtts.danmaku.clip import Clip
from ishowtts.danmaku.configured import MAIN
from ishowtts.danmaku.room import Room

router = APIRouter(prefix="/api/danmaku")

FORMAT = "audio/wav"
_PLATFORMS = {"twitch": "Twitch", "youtube": "YouTube", "bilibili": "Bilibili"}
_MOST_HEARD = 100  # messages of a page that has nothing to say


@router.websocket("/stream")
@needs("overlay")
async def stream(websocket: WebSocket) -> None:
    """What is read from now on. The page plays a file at once and cuts off the one before; so each has its time."""
    parts = services_of(websocket)
    room = parts.rooms.get(websocket.query_params.get("room", MAIN))
    with sockets(websocket).slot(), room.broker.subscribed("player") as subscription:
        await websocket.accept()
        room.stage.wake()
        here = [source for source in parts.rooms.sources.configs() if source.room == room.name]
        delivery = Delivery(websocket, room, {str(source.type): source.place for source in here})
        await until_over(websocket, _both(websocket, delivery, subscription))


class Delivery:
    """Of one page: one file after the other has been heard, and none that was stopped meanwhile."""

    def __init__(self, websocket: WebSocket, room: Room, channels: Mapping[str, str]) -> None:
        self._websocket, self._room, self._channels = websocket, room, channels
        self._turn = asyncio.Lock()
        self._free_at = 0.0
        self._coming: dict[str, asyncio.Task[None]] = {}

    async def run(self, subscription: Subscription) -> None:
        try:
            async for news in subscription:
                id = str(news.data.get("id", ""))
                if news.name == "play" and (clip := self._room.stage.clip(id)) is not None:
                    self._coming[id] = task = asyncio.create_task(self._send(news.data, clip))
                    task.add_done_callback(lambda _, id=id: self._coming.pop(id, None))  # type: ignore[misc]
                gone = news.data["ids"] if news.name == "retracted" else [id] if news.name == "stop" else []
                for each in gone:
                    if each in self._coming:
                        self._coming[each].cancel()
        finally:
            for task in list(self._coming.values()):
                task.cancel()

    async def _send(self, told: dict[str, Any], clip: Clip) -> None:
        async with self._turn:
            await clip.end()
            if clip.error is not None or not clip.chunks:
                return
            chunks, seconds = list(clip.chunks), clip.duration
            sound = await asyncio.to_thread(encode_file, [chunk.pcm for chunk in chunks], "wav", chunks[0].sample_rate)
            await asyncio.sleep(max(0.0, self._free_at - time.monotonic()))
            with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # `_listen` hears of it
                await self._websocket.send_bytes(_packet(self._header(told), sound))
            self._free_at = time.monotonic() + seconds

    def _header(self, told: dict[str, Any]) -> dict[str, Any]:
        source = str(told["source"])
        return {
            "platform": _PLATFORMS.get(source, source),
            "channel": self._channels.get(source, ""),
            "username": told["user"],
            "display_text": told["caption"],
            "format": FORMAT,
            "color": told["color"] or None,
        }


async def _both(websocket: WebSocket, delivery: Delivery, subscription: Subscription) -> None:
    """Until the page leaves, or the room closes."""
    delivering = asyncio.create_task(delivery.run(subscription))
    listening = asyncio.create_task(_listen(websocket))
    try:
        await asyncio.wait({delivering, listening}, return_when=asyncio.FIRST_COMPLETED)
        for task in (delivering, listening):
            if task.done():
                task.result()
    finally:
        for task in (delivering, listening):
            task.cancel()
        await asyncio.wait({delivering, listening})


async def _listen(websocket: WebSocket) -> None:
    for _ in range(_MOST_HEARD):
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))


def _packet(header: dict[str, Any], sound: bytes) -> bytes:
    """The length of the header (u32, little-endian), the header as JSON, the sound."""
    data = json.dumps(header, ensure_ascii=False).encode()
    return struct.pack("<I", len(data)) + data + sound
