"""/danmaku/speaker: a WebSocket for tools that know Speaker.bot."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from fastapi import APIRouter
from starlette.websockets import WebSocket, WebSocketDisconnect

from ishowtts.api.access_log import access
from ishowtts.api.caller import caller, needs
from ishowtts.api.parse import to_value
from ishowtts.api.sockets import TOO_MUCH, services_of, sockets, until_over
from ishowtts.api.speaker_events import EVENTS, GROUP, named, offered, told
from ishowtts.api.speaker_requests import Speaker, refusal, reply
from ishowtts.danmaku.broker import Subscription
from ishowtts.danmaku.configured import MAIN
from ishowtts.danmaku.room import Room
from ishowtts.errors import InvalidRequest, NotFound, RateLimited, SpeechError
from ishowtts.serving.rate_limit import RateLimit

router = APIRouter()

PER_MINUTE = 600
BURST = 30
PATIENCE = 200
"""Refusals for haste, less what was done, that a connection survives."""
LONGEST_ID = 200


# Streamer.bot asks for an address and a port, and connects to the root.
@router.websocket("/")
@router.websocket("/danmaku/speaker")
@needs("danmaku", by_url=True)
async def speaker(websocket: WebSocket) -> None:
    """Requests and answers as JSON, one in a message; `?room=` names a room."""
    parts = services_of(websocket)
    room = parts.rooms.get(websocket.query_params.get("room", MAIN))
    with sockets(websocket).slot():
        await websocket.accept()
        does = Speaker(room, parts, caller(websocket.scope))
        session = Session(websocket, room, does, parts.settings.server.sse_send_timeout)
        await until_over(websocket, session.run())


@router.websocket("/{path:path}")
@needs(None)
async def nothing(websocket: WebSocket) -> None:
    """Any other address: the framework would say no without a word."""
    raise NotFound("There is no WebSocket here: /danmaku/speaker and /api/danmaku/stream are those there are.")


class Session:
    """One connection."""

    def __init__(self, websocket: WebSocket, room: Room, does: Speaker, send_timeout: float) -> None:
        self._websocket, self._room, self._does, self._send_timeout = websocket, room, does, send_timeout
        self._limit = RateLimit(PER_MINUTE, BURST)
        self._wanted: set[str] = set()
        self._told = ExitStack()
        self._telling: asyncio.Task[None] | None = None

    async def run(self) -> None:
        hasty = 0
        try:
            while True:
                message = await self._websocket.receive()
                if message["type"] == "websocket.disconnect":
                    raise WebSocketDisconnect(message.get("code", 1005))
                if self._limit.wait("") > 0:
                    hasty += 1
                    if hasty > PATIENCE:
                        access(self._websocket.scope).outcome = RateLimited.code
                        await self._websocket.close(TOO_MUCH)
                        return
                    await self._send(await self._answer(_bytes(message), refuse=True))
                else:
                    hasty = max(0, hasty - 1)
                    self._limit.take("")
                    await self._send(await self._answer(_bytes(message)))
        finally:
            self._tell_no_more()

    async def _answer(self, data: bytes, *, refuse: bool = False) -> dict[str, Any]:
        id: object = None
        try:
            fields = to_value(data)
            if not isinstance(fields, dict):
                raise InvalidRequest("A message is an object with `request` and `id`.")
            id = _id(fields.get("id"))
            if refuse:
                raise RateLimited(f"More than {PER_MINUTE} requests a minute: this one is not done.")
            return reply(id, await self._do(fields))
        except SpeechError as error:
            return refusal(id, error)

    async def _do(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        name = fields.get("request")
        if not isinstance(name, str):
            raise InvalidRequest("`request` says what to do.", param="request")
        match name:
            case "GetEvents":
                return {"events": offered()}
            case "Subscribe":
                self._wanted |= named(fields)
            case "UnSubscribe" | "Unsubscribe":
                self._wanted -= named(fields)
            case _:
                return await self._does.do(name, fields)
        self._tell_or_not()
        return {"events": {GROUP: [event for event in EVENTS if event in self._wanted]}}

    def _tell_or_not(self) -> None:
        """Raises `TooManySubscribers`."""
        if not self._wanted:
            self._tell_no_more()
        elif self._telling is None:
            news = self._told.enter_context(self._room.broker.subscribed("studio"))
            self._telling = asyncio.create_task(self._tell(news))

    def _tell_no_more(self) -> None:
        if self._telling is not None:
            self._telling.cancel()
            self._telling = None
        self._told.close()

    async def _tell(self, subscription: Subscription) -> None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError, TimeoutError):  # whoever reads hears of it
            async for news in subscription:
                event = told(news)
                if event is not None and event[0] in self._wanted:
                    await self._send(event[1])

    async def _send(self, data: Mapping[str, Any]) -> None:
        async with asyncio.timeout(self._send_timeout):
            await self._websocket.send_text(json.dumps(data, separators=(",", ":")))


def _bytes(message: Mapping[str, Any]) -> bytes:
    data: bytes | None = message.get("bytes")
    return data if data is not None else str(message.get("text") or "").encode("utf-8", "surrogatepass")


def _id(value: object) -> object:
    """Told back as it came."""
    if value is None or isinstance(value, int | float) or (isinstance(value, str) and len(value) <= LONGEST_ID):
        return value
    raise InvalidRequest(f"`id` should be a text of at most {LONGEST_ID} characters, or a number.", param="id")
