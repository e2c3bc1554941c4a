"""/danmaku: chat in, and what a room does with it."""

from __future__ import annotations

import asyncio
from typing import Annotated, TypeVar

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from ishowtts.api.caller import needs
from ishowtts.api.danmaku_schemas import (
    ChatItem,
    ChatItems,
    ClearBody,
    Done,
    ItemReceipt,
    Listed,
    MoveBody,
    Named,
    Receipts,
    RetractBody,
    RoomInfo,
    RoomList,
    Target,
    Trace,
)
from ishowtts.api.describe import body_doc, error_docs
from ishowtts.api.parse import checked, read, to_value
from ishowtts.api.services import Services, services
from ishowtts.danmaku.configured import MAIN
from ishowtts.danmaku.event import Retraction
from ishowtts.danmaku.room import Receipt, Room
from ishowtts.danmaku.rooms import shown
from ishowtts.danmaku.verdict import is_paid
from ishowtts.danmaku.voices import RANDOM
from ishowtts.errors import InvalidRequest, MessageNotFound
from ishowtts.settings.chat_sources import ROOM

router = APIRouter(prefix="/danmaku", tags=["read-aloud"])

RoomName = Annotated[str, Query(alias="room", pattern=ROOM, description="Which room.")]
DISK_SECONDS = 5.0
"""That an answer waits for what is paid for to be on the disk."""
BODY_SECONDS = 10.0
B = TypeVar("B", Target, ClearBody)

_ERRORS = error_docs(400, 401, 403, 404, 413, 422)


@router.post("", status_code=202, responses=_ERRORS, openapi_extra={"requestBody": body_doc(ChatItems)})
@needs("danmaku")
async def say(request: Request, room: RoomName = MAIN) -> Receipts:
    """Chat for a room, one message or up to 50. The answer does not wait for speech.

    What is paid for is on the disk when the answer comes.
    """
    here = room_of(request, room)
    items = await read(request, BODY_SECONDS, ChatItems)
    for item in items.all():
        check_voice(services(request), item.voice)
    receipts: list[Receipt] = []
    paid = False
    for item in items.all():
        event = item.event()
        receipt = here.take(event)
        if receipt is not None:
            receipts.append(receipt)
        paid |= is_paid(event)
        await asyncio.sleep(0)  # fifty hostile messages take half a second
    if paid:
        await here.record.settled(DISK_SECONDS)
    return Receipts(items=[ItemReceipt.of(receipt) for receipt in receipts])


@router.post("/test", responses=_ERRORS, openapi_extra={"requestBody": body_doc(ChatItem)})
@needs("danmaku")
async def try_out(request: Request, room: RoomName = MAIN) -> Trace:
    """What every filter of the room would say of a message. Nothing is read, and nothing counts."""
    here = room_of(request, room)
    return Trace.of(here.test((await read(request, BODY_SECONDS, ChatItem)).event()))


@router.get("/rooms", responses=error_docs(401, 403))
@needs("danmaku")
async def rooms(request: Request) -> RoomList:
    """All rooms."""
    found = services(request).rooms
    infos = [RoomInfo.model_validate({"name": room.name} | room.stage.told()) for room in found.all()]
    return RoomList(rooms=infos, kept=found.kept)


@router.get("/state", responses=error_docs(401, 403, 404))
@needs("danmaku")
async def state(request: Request, room: RoomName = MAIN) -> dict[str, object]:
    """All that the studio needs to begin with, as the first event of GET /danmaku/stream has it."""
    return room_of(request, room).state("studio")


@router.get("/queue", responses=error_docs(401, 403, 404))
@needs("danmaku")
async def queue(request: Request, room: RoomName = MAIN) -> Listed:
    """What comes next, about in its order."""
    return Listed(items=room_of(request, room).stage.queue())


@router.get("/history", responses=error_docs(401, 403, 404))
@needs("danmaku")
async def history(request: Request, room: RoomName = MAIN, limit: Annotated[int, Query(ge=1, le=1000)] = 200) -> Listed:
    """What became of each message, and why; the newest first."""
    here = room_of(request, room)
    await here.record.settled(DISK_SECONDS)
    return Listed(items=[shown(fate) for fate in await services(request).rooms.history(here, limit)])


@router.get("/stats", responses=error_docs(401, 403, 404))
@needs("danmaku")
async def stats(request: Request, room: RoomName = MAIN) -> dict[str, object]:
    """In numbers, since the server started: received = open + read + stopped + merged + dropped + failed."""
    here = room_of(request, room)
    return here.record.tally.told() | {"waiting": here.stage.waiting_now, "listeners": len(here.broker)}


@router.post("/pause", status_code=204, responses=_ERRORS)
@needs("danmaku")
async def pause(request: Request, room: RoomName = MAIN) -> Response:
    """What plays ends in its own time; nothing else begins until /danmaku/resume."""
    room_of(request, room).pause(True)
    return Response(status_code=204)


@router.post("/resume", status_code=204, responses=_ERRORS)
@needs("danmaku")
async def resume(request: Request, room: RoomName = MAIN) -> Response:
    """After a pause or a panic. What went stale meanwhile is not read."""
    room_of(request, room).resume()
    return Response(status_code=204)


@router.post("/panic", status_code=204, responses=_ERRORS)
@needs("danmaku")
async def panic(request: Request, room: RoomName = MAIN) -> Response:
    """Silence, now: what plays stops, what waits is dropped, and nothing is read until /danmaku/resume."""
    room_of(request, room).panic()
    return Response(status_code=204)


@router.post(
    "/skip", status_code=204, responses=_ERRORS, openapi_extra={"requestBody": body_doc(Target, required=False)}
)
@needs("danmaku")
async def skip(request: Request, room: RoomName = MAIN) -> Response:
    """Stop the message that plays, or take another one out of the queue. 404 if there is none."""
    here, target = room_of(request, room), await _optional(request, Target)
    return _found(here.stage.skip(target.id or ""))


@router.post("/move", status_code=204, responses=_ERRORS, openapi_extra={"requestBody": body_doc(MoveBody)})
@needs("danmaku")
async def move(request: Request, room: RoomName = MAIN) -> Response:
    """Read a message that waits right before another one; it counts as that one does. 404 unless both wait."""
    here, body = room_of(request, room), await read(request, BODY_SECONDS, MoveBody)
    return _found(here.stage.move(body.id, body.before))


@router.post("/clear", responses=_ERRORS, openapi_extra={"requestBody": body_doc(ClearBody, required=False)})
@needs("danmaku")
async def clear(request: Request, room: RoomName = MAIN) -> Done:
    """Drop what waits."""
    here, body = room_of(request, room), await _optional(request, ClearBody)
    return Done(count=here.clear(body.scope))


@router.post(
    "/replay", status_code=204, responses=_ERRORS, openapi_extra={"requestBody": body_doc(Target, required=False)}
)
@needs("danmaku")
async def replay(request: Request, room: RoomName = MAIN) -> Response:
    """Read once more what was read in the last ten minutes. 404 where its sound is gone."""
    here, target = room_of(request, room), await _optional(request, Target)
    return _found(here.stage.replay(target.id or "") is not None)


@router.post("/approve", status_code=204, responses=_ERRORS, openapi_extra={"requestBody": body_doc(Named)})
@needs("danmaku")
async def approve(request: Request, room: RoomName = MAIN) -> Response:
    """Let a message that is held for review into the queue."""
    here = room_of(request, room)
    return _found(here.approve((await read(request, BODY_SECONDS, Named)).id))


@router.post("/reject", status_code=204, responses=_ERRORS, openapi_extra={"requestBody": body_doc(Named)})
@needs("danmaku")
async def reject(request: Request, room: RoomName = MAIN) -> Response:
    """Drop a message that is held for review."""
    here = room_of(request, room)
    return _found(here.reject((await read(request, BODY_SECONDS, Named)).id))


@router.post("/retract", responses=_ERRORS, openapi_extra={"requestBody": body_doc(RetractBody)})
@needs("danmaku")
async def retract(request: Request, room: RoomName = MAIN) -> Done:
    """Take back one message or all of a user, at any stage: waiting, playing, or read and still on a page."""
    here, body = room_of(request, room), await read(request, BODY_SECONDS, RetractBody)
    message_id, user_id = body.ids()
    if not (message_id or user_id):
        raise InvalidRequest("Name a `message_id` or a `user_id`.", param="message_id")
    return Done(count=here.retract(Retraction(body.source, message_id=message_id, user_id=user_id)))


def room_of(request: Request, name: str) -> Room:
    """Raises `RoomNotFound`."""
    return services(request).rooms.get(name)


def check_voice(parts: Services, voice: str | None) -> None:
    """Raises `VoiceNotFound` before anything is taken in."""
    if voice and voice != RANDOM:
        parts.library.get(voice)


async def _optional(request: Request, model: type[B]) -> B:
    """No body is one with nothing in it."""
    async with asyncio.timeout(BODY_SECONDS):
        data = await request.body()
    return checked(model, to_value(data) if data.strip() else {})


def _found(found: bool) -> Response:
    if not found:
        raise MessageNotFound("There is no such message, or its sound is gone.", param="id")
    return Response(status_code=204)
