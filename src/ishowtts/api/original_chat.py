"""/api/danmaku: channels started and stopped, and messages put in, as the first iShowTTS had it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ishowtts.api.caller import caller, needs
from ishowtts.api.danmaku import BODY_SECONDS, DISK_SECONDS, check_voice
from ishowtts.api.describe import body_doc, error_docs
from ishowtts.api.original_chat_schemas import (
    OriginalChannel,
    OriginalMessage,
    OriginalStart,
    OriginalStarted,
    OriginalStopped,
)
from ishowtts.api.parse import read
from ishowtts.api.services import Services, services
from ishowtts.danmaku.configured import MAIN
from ishowtts.danmaku.policy_change import changed
from ishowtts.danmaku.room import Room
from ishowtts.danmaku.verdict import is_paid
from ishowtts.errors import InvalidRequest, MissingScope, SourceNotFound
from ishowtts.settings.chat_sources import AnyChat, TwitchChat, source_of_request

router = APIRouter(prefix="/api/danmaku", tags=["first iShowTTS"])

TWITCH = "twitch"
_RUNS = ("connecting", "live", "waiting")
_ERRORS = error_docs(400, 401, 403, 404, 409, 413, 422)
_QUEUED: dict[int | str, dict[str, Any]] = {
    202: {"description": "It waits to be read."},
    204: {"description": "The room does not read it."},
}


@router.post("/start", status_code=202, responses=_ERRORS, openapi_extra={"requestBody": body_doc(OriginalStart)})
@needs("danmaku")
async def start(request: Request) -> OriginalStarted:
    """Read the chat of a channel aloud. Asked twice, it is still read once."""
    body = await read(request, BODY_SECONDS, OriginalStart)
    parts, wanted = services(request), _channel(body)
    check_voice(parts, body.voice_id)
    source = _known(parts, wanted) or wanted
    room = parts.rooms.get(source.room)
    if source is wanted:
        _admin_only(request, "a channel that is not in the settings")
        parts.rooms.add_source(source)
    await _use_voice(request, room, body.voice_id)
    parts.rooms.sources.start(source.id)
    return OriginalStarted(channel=source.place)


@router.post(
    "/stop",
    status_code=202,
    responses={200: {"model": OriginalStopped, "description": "It was not being read."}, **_ERRORS},
    response_model=OriginalStopped,
    openapi_extra={"requestBody": body_doc(OriginalChannel)},
)
@needs("danmaku")
async def stop(request: Request) -> Response:
    """Read it no more; what waits of its platform is dropped too, unless it was paid for."""
    parts, wanted = services(request), _channel(await read(request, BODY_SECONDS, OriginalChannel))
    source = _known(parts, wanted)
    if source is None or not _runs(parts, source):
        return JSONResponse(OriginalStopped(status="idle", channel=None).model_dump())
    await parts.rooms.sources.stop(source.id)
    if source == wanted:  # made by `start`, which makes it again: so that 16 channels are not the most in a lifetime
        await parts.rooms.sources.remove(source.id)
    parts.rooms.get(source.room).clear("chat", TWITCH)
    return JSONResponse(OriginalStopped(status="stopped", channel=source.place).model_dump(), 202)


@router.post(
    "/enqueue",
    status_code=202,
    response_class=Response,
    responses={**_QUEUED, **_ERRORS},
    openapi_extra={"requestBody": body_doc(OriginalMessage)},
)
@needs("danmaku")
async def enqueue(request: Request) -> Response:
    """A message of a channel that is being read. 202: it waits; 204: the room does not read it."""
    message = await read(request, BODY_SECONDS, OriginalMessage)
    parts = services(request)
    wanted = _channel(message)
    source = _known(parts, wanted)
    if source is None or not _runs(parts, source):
        raise SourceNotFound(
            "This channel is not being read: POST /api/danmaku/start begins that, and POST /danmaku takes any message.",
            param="channel",
        )
    event = message.event()
    if event is None:
        return Response(status_code=204)
    room = parts.rooms.get(source.room)
    receipt = room.take(event)
    if is_paid(event):
        await room.record.settled(DISK_SECONDS)
    return Response(status_code=204 if receipt is None or receipt.status == "dropped" else 202)


def _channel(body: OriginalChannel | OriginalMessage) -> AnyChat:
    """As `start` would make it. Raises `InvalidRequest`."""
    if body.platform.lower() != TWITCH:
        raise InvalidRequest(
            "This route knows Twitch alone: POST /danmaku/sources reads other platforms, and POST /danmaku takes "
            "messages of any.",
            param="platform",
        )
    return source_of_request({"type": TWITCH, "channel": body.channel, "room": MAIN})


def _known(parts: Services, wanted: AnyChat) -> AnyChat | None:
    configs = parts.rooms.sources.configs()
    return next((c for c in configs if isinstance(c, TwitchChat) and c.place == wanted.place), None)


def _runs(parts: Services, source: AnyChat) -> bool:
    return parts.rooms.sources.status(source.id)[0]["state"] in _RUNS


async def _use_voice(request: Request, room: Room, voice: str | None) -> None:
    """Raises `MissingScope`; the page of the first iShowTTS always sends the voice that is picked in it."""
    if voice is None or room.policy.voices.sources.get(TWITCH) == voice:
        return
    _admin_only(request, "another voice for the room")
    try:
        policy = changed(room.policy, {"voices": {"sources": {TWITCH: voice}}})
    except ValidationError:
        raise InvalidRequest("This voice cannot be set.", param="voice_id") from None
    await services(request).rooms.configure(room, policy, room.version)


def _admin_only(request: Request, what: str) -> None:
    if not caller(request.scope).may("admin"):
        raise MissingScope(f"This key is good, but {what} wants the scope `admin`.")
