"""/api/voices/{id}/reference: a voice's clip and its text overridden and reset, as the first iShowTTS had it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import IO, Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from ishowtts.api.access_log import access
from ishowtts.api.caller import needs
from ishowtts.api.describe import error_docs
from ishowtts.api.original_schemas import ENGINE, OriginalReference
from ishowtts.api.services import Services, services
from ishowtts.api.voice_form import VoiceForm, voice_form
from ishowtts.api.voices import clip_response
from ishowtts.errors import InvalidRequest, NotFound, UnusableReference, VoiceNotUploaded
from ishowtts.voices.voice import Voice

router = APIRouter(prefix="/api/voices/{id}/reference", tags=["first iShowTTS"])

_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "text": {"type": "string", "description": "Exactly what is said in the clip."},
                        "audio": {
                            "type": "string",
                            "format": "binary",
                            "description": "A clip as POST /voices takes it. Whoever sends one says with it that the "
                            "person heard agreed to being cloned.",
                        },
                    },
                }
            }
        },
    }
}
_CHANGE = error_docs(400, 401, 403, 404, 409, 413, 415, 422, 429, 504)


@router.get("", responses=error_docs(401, 403, 404))
@needs("synthesise")
async def reference(request: Request, id: str) -> OriginalReference:
    """What the voice is made of now, and what a reset would bring back."""
    return _told(services(request), id)


@router.post("", responses=_CHANGE, openapi_extra=_FORM)
@needs("voices")
async def override(request: Request, id: str) -> OriginalReference:
    """Another clip with its text; or another text alone, for the clip there is."""
    parts = services(request)
    voice = parts.library.get(id)
    with parts.intake.slot():
        async with voice_form(request, parts.settings.server.request_timeout) as form:
            await _change(parts, voice, form)
    access(request.scope).details["voice"] = id
    return _told(parts, id)


@router.delete("", responses=error_docs(401, 403, 404, 409))
@needs("voices")
async def reset(request: Request, id: str) -> OriginalReference:
    """Back to what the voice was; one that was not overridden stays as it is."""
    parts = services(request)
    baseline, overriding = _layers(parts, id)
    if overriding:
        await parts.intake.remove(id)
    elif baseline.source == "upload":
        raise VoiceNotUploaded("This voice overrides no other; DELETE /voices/{id} removes it.")
    access(request.scope).details["voice"] = id
    return _told(parts, id)


@router.get(
    "/audio",
    response_model=None,
    response_class=Response,
    responses={
        200: {"description": "The clip.", "content": {"audio/wav": {}, "audio/flac": {}}},
        **error_docs(401, 403, 404, 422),
    },
)
@needs("voices")
async def audio(request: Request, id: str, source: Annotated[Literal["baseline", "override"], Query()]) -> Response:
    """The clip of the voice as it was, or that which overrides it."""
    baseline, overriding = _layers(services(request), id)
    wanted = overriding if source == "override" else baseline
    if wanted is None:
        raise NotFound("This voice is not overridden: ask for source=baseline.", param="source")
    response = await clip_response(wanted, "inline")
    response.headers["X-Voice-Reference-Source"] = source
    return response


async def _change(parts: Services, voice: Voice, form: VoiceForm) -> None:
    details = replace(form.fields.details(), text=(form.fields.text or "").strip() or None)
    if "consent" not in form.fields.model_fields_set:  # the form of the first iShowTTS does not have it
        details = replace(details, consent=True)
    if form.audio is not None:
        await parts.intake.replace(voice.id, form.audio, details)
    elif details.text is None:
        raise InvalidRequest("Send `text`, or `audio` with its `text`.", param="text")
    elif voice.source == "upload":
        await parts.intake.update(voice.id, details)
    else:
        with await asyncio.to_thread(_clip_of, voice) as clip:
            await parts.intake.replace(voice.id, clip, details)


def _clip_of(voice: Voice) -> IO[bytes]:
    """The server's own file: its path never comes from a request. Raises `UnusableReference`."""
    try:
        return voice.audio.open("rb")
    except OSError:
        raise UnusableReference("The clip of this voice cannot be read.") from None


def _layers(parts: Services, id: str) -> tuple[Voice, Voice | None]:
    """(the voice as it was, what overrides it). Raises `VoiceNotFound`."""
    voice = parts.library.get(id)
    beneath = parts.library.beneath(id) if voice.source == "upload" else None
    return (beneath, voice) if beneath else (voice, None)


def _told(parts: Services, id: str) -> OriginalReference:
    baseline, overriding = _layers(parts, id)
    active = overriding or baseline
    return OriginalReference(
        voice_id=id,
        engine_label=ENGINE,
        language=active.language,
        active_reference_text=active.text,
        baseline_reference_text=baseline.text,
        override_reference_text=overriding.text if overriding else None,
        override_audio_available=overriding is not None,
        override_updated_at=overriding.upload.at if overriding and overriding.upload else None,
    )
