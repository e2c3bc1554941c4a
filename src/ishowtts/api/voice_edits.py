"""POST, PUT and DELETE of /voices: voices that listeners, or their streamer, send in."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse

from ishowtts.api.access_log import access
from ishowtts.api.caller import needs
from ishowtts.api.schemas import ErrorBody
from ishowtts.api.services import services
from ishowtts.api.voice_form import VoiceFields, voice_form
from ishowtts.api.voice_schemas import RefusedClipBody, Removed, VoiceDetails, details
from ishowtts.errors import InvalidRequest
from ishowtts.voices.voice import Voice

router = APIRouter(tags=["voices"])


def _form(*required: str, without: str = "") -> dict[str, Any]:
    schema = VoiceFields.model_json_schema()
    properties = {name: value for name, value in schema["properties"].items() if name != without}
    properties["audio"] = {
        "type": "string",
        "format": "binary",
        "description": "One person speaking for 3 to 12 s (2 to 30 at most), up to 20 MB: WAV, FLAC, MP3, Ogg, M4A, …",
    }
    form = {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": form}}}}


def _errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    told = {
        400: "The form cannot be read.",
        403: "This server takes no voices.",
        404: "There is no such voice.",
        409: "The id is taken, the library is full, or the voice is not one that can be changed or removed.",
        413: "The clip is over 20 MB.",
        415: "The body is not multipart/form-data.",
        422: "A field is wrong, or no good voice can be made of the clip: `reasons` has all that is wrong with it.",
        429: "Too many uploads at once. Retry-After says when to come again.",
        504: "The body took too long to arrive.",
    }
    return {s: {"model": RefusedClipBody if s == 422 else ErrorBody, "description": told[s]} for s in statuses}


@router.post(
    "/voices",
    status_code=201,
    response_model=VoiceDetails,
    responses=_errors(400, 403, 409, 413, 415, 422, 429, 504),
    openapi_extra=_form("audio", "consent"),
)
@needs("voices")
async def add_voice(request: Request) -> JSONResponse:
    """Make a voice of a clip and what is said in it."""
    parts = services(request)
    with parts.intake.slot():
        async with voice_form(request, parts.settings.server.request_timeout) as form:
            if form.audio is None:
                raise InvalidRequest("`audio` is missing: the clip, as a file.", param="audio")
            voice = await parts.intake.add(form.audio, form.fields.details(), form.fields.id)
    return _answer(request, voice, 201, {"Location": f"/voices/{voice.id}"})


@router.put(
    "/voices/{id}",
    response_model=VoiceDetails,
    responses=_errors(400, 403, 404, 409, 413, 415, 422, 429, 504),
    openapi_extra=_form(without="id"),
)
@needs("voices")
async def change_voice(request: Request, id: str) -> JSONResponse:
    """Override a voice with another clip and its text; or, of an uploaded one, change what is said of it."""
    parts = services(request)
    parts.library.get(id)
    with parts.intake.slot():
        async with voice_form(request, parts.settings.server.request_timeout) as form:
            if form.fields.id is not None:
                raise InvalidRequest("A voice keeps its id: leave `id` out.", param="id")
            if form.audio is None:
                voice = await parts.intake.update(id, form.fields.details())
            else:
                voice = await parts.intake.replace(id, form.audio, form.fields.details())
    return _answer(request, voice)


@router.delete("/voices/{id}", responses=_errors(404, 409))
@needs("voices")
async def remove_voice(request: Request, id: str) -> Removed:
    """Remove an uploaded voice. One that overrode another is reset so: `now` is the voice that came back."""
    parts = services(request)
    now = await parts.intake.remove(id)
    access(request.scope).details["voice"] = id
    return Removed(removed=id, now=details(now, parts.library) if now else None)


def _answer(request: Request, voice: Voice, status: int = 200, headers: dict[str, str] | None = None) -> JSONResponse:
    access(request.scope).details["voice"] = voice.id
    return JSONResponse(details(voice, services(request).library).model_dump(), status, headers=headers)
