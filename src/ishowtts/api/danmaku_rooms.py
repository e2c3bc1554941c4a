"""/danmaku/config, /users and /sources: how a room is set up while it runs."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path
from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from ishowtts.api.caller import needs
from ishowtts.api.danmaku import BODY_SECONDS, RoomName, room_of
from ishowtts.api.danmaku_schemas import KnownPerson, Listed, PersonBody, RoomConfig, UserKey
from ishowtts.api.describe import body_doc, error_docs
from ishowtts.api.errors import invalid
from ishowtts.api.parse import checked, read, to_value
from ishowtts.api.services import services
from ishowtts.danmaku.configured import MAIN
from ishowtts.danmaku.person import NOBODY
from ishowtts.danmaku.policy import Policy
from ishowtts.danmaku.policy_change import changed
from ishowtts.danmaku.room import Room
from ishowtts.errors import InvalidRequest, VersionConflict
from ishowtts.settings.chat_sources import SOURCE_ID, source_of_request

router = APIRouter(prefix="/danmaku", tags=["read-aloud"])

IfMatch = Annotated[str | None, Header(alias="If-Match", max_length=32, description="The version you have read.")]
SourceId = Annotated[str, Path(pattern=SOURCE_ID)]
User = Annotated[UserKey, Path(description="`source:id`")]
_PEOPLE = TypeAdapter(list[KnownPerson])
_CONFIG = {
    "required": True,
    "content": {"application/json": {"schema": {"type": "object", "description": "As GET /danmaku/config has it."}}},
}
_ERRORS = error_docs(400, 401, 403, 404, 409, 413, 422)


@router.get("/config", responses=error_docs(401, 403, 404))
@needs("danmaku")
async def config(request: Request, response: Response, room: RoomName = MAIN) -> RoomConfig:
    """All of it, with every default filled in; its version is the ETag too."""
    return _shown(room_of(request, room), response)


@router.put("/config", responses=_ERRORS, openapi_extra={"requestBody": _CONFIG})
@needs("admin")
async def put_config(
    request: Request, response: Response, room: RoomName = MAIN, if_match: IfMatch = None
) -> RoomConfig:
    """In the place of all there was: what is left out is as the documentation says."""
    here = room_of(request, room)
    value = to_value(await request.body())
    policy = await asyncio.to_thread(checked, Policy, value)  # RE2 may take a second for its expressions
    await services(request).rooms.configure(here, policy, _expected(here, if_match))
    return _shown(here, response)


@router.patch("/config", responses=_ERRORS, openapi_extra={"requestBody": _CONFIG})
@needs("admin")
async def patch_config(
    request: Request, response: Response, room: RoomName = MAIN, if_match: IfMatch = None
) -> RoomConfig:
    """Only what is given is changed; null takes a key back to its default (JSON merge patch, RFC 7396)."""
    here = room_of(request, room)
    change = to_value(await request.body())
    expected = _expected(here, if_match)
    if not isinstance(change, dict):
        raise InvalidRequest("The body is not an object with the keys to change.")
    try:
        policy = await asyncio.to_thread(changed, here.policy, change)
    except ValidationError as error:
        raise invalid(error, Policy.model_fields) from None
    await services(request).rooms.configure(here, policy, expected)
    return _shown(here, response)


@router.delete("/config", responses=_ERRORS)
@needs("admin")
async def reset_config(
    request: Request, response: Response, room: RoomName = MAIN, if_match: IfMatch = None
) -> RoomConfig:
    """Back to what the settings of the server say."""
    here = room_of(request, room)
    await services(request).rooms.configure(here, None, _expected(here, if_match))
    return _shown(here, response)


@router.get("/users", response_model=list[KnownPerson], responses=error_docs(401, 403, 404))
@needs("danmaku")
async def users(request: Request, room: RoomName = MAIN) -> Response:
    """Those of whom the room knows something."""
    known = room_of(request, room).people.all()

    def listed() -> bytes:
        return _PEOPLE.dump_json([KnownPerson.of(user, person) for user, person in known.items()])

    # They may be ten thousand: everybody who has chosen a voice is one.
    return Response(await asyncio.to_thread(listed), media_type="application/json")


@router.get("/users/{user:path}", responses=error_docs(401, 403, 404, 422))
@needs("danmaku")
async def user(request: Request, user: User, room: RoomName = MAIN) -> KnownPerson:
    """What is known of one of them."""
    return KnownPerson.of(user, room_of(request, room).people.get(user))


@router.put("/users/{user:path}", responses=_ERRORS, openapi_extra={"requestBody": body_doc(PersonBody)})
@needs("danmaku")
async def put_user(request: Request, user: User, room: RoomName = MAIN) -> KnownPerson:
    """Mute or trust a user, or give them a nickname or a voice. Muted, nothing of theirs that waits is read."""
    here = room_of(request, room)
    body = await read(request, BODY_SECONDS, PersonBody)
    if body.voice:
        services(request).library.get(body.voice)
    person = body.over(here.people.get(user))
    here.people.put(user, person)
    if person.muted:
        here.mute(user)
    return KnownPerson.of(user, person)


@router.delete("/users/{user:path}", status_code=204, responses=error_docs(401, 403, 404, 422))
@needs("danmaku")
async def forget_user(request: Request, user: User, room: RoomName = MAIN) -> Response:
    """Know nothing of them any more."""
    room_of(request, room).people.put(user, replace(NOBODY))
    return Response(status_code=204)


@router.get("/sources", responses=error_docs(401, 403))
@needs("danmaku")
async def sources(request: Request) -> Listed:
    """Where chat comes from, and how each connection does. Secrets are never shown."""
    return Listed(items=services(request).rooms.sources.status())


@router.post("/sources", status_code=201, responses=_ERRORS)
@needs("admin")
async def add_source(request: Request) -> dict[str, Any]:
    """Connect to a chat, until the server stops: `{"type": "twitch", "channel": "somebody", "room": "main"}`."""
    source = source_of_request(to_value(await request.body()))
    rooms = services(request).rooms
    rooms.add_source(source)
    return rooms.sources.status(source.id)[0]


@router.post("/sources/{id}/start", responses=error_docs(401, 403, 404))
@needs("danmaku")
async def start_source(request: Request, id: SourceId) -> dict[str, Any]:
    """Connect; does nothing where it is connected."""
    found = services(request).rooms.sources
    found.start(id)
    return found.status(id)[0]


@router.post("/sources/{id}/stop", responses=error_docs(401, 403, 404))
@needs("danmaku")
async def stop_source(request: Request, id: SourceId) -> dict[str, Any]:
    """Within a second nothing of it comes any more."""
    found = services(request).rooms.sources
    await found.stop(id)
    return found.status(id)[0]


@router.delete("/sources/{id}", status_code=204, responses=error_docs(401, 403, 404))
@needs("admin")
async def remove_source(request: Request, id: SourceId) -> Response:
    """Disconnect, and forget it; one of the settings is back after a restart."""
    await services(request).rooms.sources.remove(id)
    return Response(status_code=204)


def _shown(room: Room, response: Response) -> RoomConfig:
    response.headers["ETag"] = f'"{room.version}"'
    return RoomConfig(room=room.name, version=room.version, config=room.policy)


def _expected(room: Room, if_match: str | None) -> int:
    """Without `If-Match` the last one wins. Raises `VersionConflict` for a version that cannot be."""
    if if_match is None or if_match.strip() == "*":
        return room.version
    digits = if_match.strip().removeprefix("W/").strip('"')
    if not digits.isascii() or not digits.isdecimal():
        raise VersionConflict("`If-Match` is no version of the room's settings: read them again.", param="If-Match")
    return int(digits)
