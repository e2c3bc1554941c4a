"""DELETE /tts: take speeches back, by id, by user or by room."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field
from starlette.requests import Request

from ishowtts.api.caller import caller, needs
from ishowtts.api.schemas import Name
from ishowtts.api.services import services
from ishowtts.errors import InvalidRequest

router = APIRouter(tags=["speech"])


class Cancelled(BaseModel):
    cancelled: Annotated[int, Field(description="How many speeches were stopped; those that had ended do not count.")]


@router.delete("/tts/{id}")
@needs("synthesise")
async def cancel_one(request: Request, id: Annotated[str, Path(min_length=1, max_length=128)]) -> Cancelled:
    """Stop the speech with this X-Request-ID, before its next solver step. Whoever waits for it is told (499)."""
    return _cancel(request, id=id)


@router.delete("/tts")
@needs("synthesise")
async def cancel_many(
    request: Request,
    user: Annotated[Name | None, Query(description="All of this user, as named in the requests.")] = None,
    room: Annotated[Name | None, Query(description="All of this room; with `user`, the user's in this room.")] = None,
) -> Cancelled:
    """Stop every speech of a user, of a room, or of a user in a room."""
    for name in request.query_params:
        if name not in ("user", "room", "token"):
            raise InvalidRequest("Unknown parameter: this route takes `user` and `room`.", param="user")
    if user is None and room is None:
        raise InvalidRequest("Name a `user` or a `room`; one speech is stopped by DELETE /tts/{id}.", param="user")
    return _cancel(request, user=user, room=room)


def _cancel(request: Request, **names: str | None) -> Cancelled:
    asking = caller(request.scope)
    # Rooms and users are names of a client's own: nobody takes back what another client asked for, but an admin.
    client = None if "admin" in asking.scopes else asking.name
    return Cancelled(cancelled=services(request).speaker.register.cancel(client=client, **names))
