"""Who can speak: the list, one voice, its clip, and how it sounds."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from ishowtts.api.caller import needs
from ishowtts.api.respond import answer, resolve
from ishowtts.api.schemas import ErrorBody, VoiceList
from ishowtts.api.services import services
from ishowtts.api.voice_schemas import VoiceDetails, details, info
from ishowtts.errors import UnusableReference
from ishowtts.voices.voice import UnusableVoice, Voice, read_audio

router = APIRouter(tags=["voices"])

MAX_PREVIEW = 200
PREVIEWS = {
    "en": "Hello, and welcome to the stream. This is how I sound.",
    "zh": "大家好，欢迎来到直播间。我的声音就是这样的。",
}
PREVIEW_SEED = 0
MEDIA_TYPES = {
    ".wav": "audio/wav",
    ".flac": "audio/flac",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".m4a": "audio/mp4",
    ".aac": "audio/aac",
}
_NO_VOICE: dict[int | str, dict[str, Any]] = {404: {"model": ErrorBody, "description": "There is no such voice."}}


@router.get("/voices")
@needs("synthesise")
async def voices(request: Request) -> VoiceList:
    """Every voice; and which one speaks each language when none is asked for."""
    parts = services(request)
    known = parts.library.list()
    ids = {voice.id for voice in known}
    return VoiceList(
        voices=[info(voice) for voice in known],
        default={lang: id for lang, id in parts.settings.synthesis.default_voice.items() if id in ids},
    )


@router.get("/voices/{id}", responses=_NO_VOICE)
@needs("synthesise")
async def voice(request: Request, id: str) -> VoiceDetails:
    """One voice, with the measured quality of its clip where it was uploaded."""
    library = services(request).library
    return details(library.get(id), library)


@router.get(
    "/voices/{id}/audio",
    response_model=None,
    responses={
        200: {"description": "The clip, as it is kept.", "content": {"audio/flac": {}, "audio/wav": {}}},
        **_NO_VOICE,
        422: {"model": ErrorBody, "description": "The clip cannot be read any more."},
    },
)
@needs("voices")
async def reference(request: Request, id: str) -> Response:
    """The reference clip of a voice."""
    return await clip_response(services(request).library.get(id), "attachment")


@router.get(
    "/voices/{id}/preview",
    response_model=None,
    responses={
        200: {"description": "Speech.", "content": {"audio/wav": {}, "audio/mpeg": {}}},
        **_NO_VOICE,
        429: {"model": ErrorBody, "description": "The queue is full."},
        503: {"model": ErrorBody, "description": "The model is loading."},
    },
)
@needs("synthesise")
async def preview(
    request: Request,
    id: str,
    text: Annotated[str | None, Query(max_length=MAX_PREVIEW, description="Default: a greeting.")] = None,
    format: Annotated[Literal["wav", "mp3"], Query()] = "wav",
) -> Response:
    """A short sentence in a voice."""
    found = services(request).library.get(id)
    wanted = resolve(request, text or PREVIEWS[found.language], voice=id, seed=PREVIEW_SEED)
    return await answer(request, wanted, format=format)


async def clip_response(voice: Voice, disposition: Literal["attachment", "inline"]) -> Response:
    """The reference clip as a file. Raises `UnusableReference`."""
    try:
        data = await asyncio.to_thread(read_audio, voice.audio)
    except UnusableVoice:
        raise UnusableReference("The clip of this voice cannot be read.") from None
    suffix = voice.audio.suffix.lower()
    suffix = suffix if suffix in MEDIA_TYPES else ""
    headers = {
        "Content-Disposition": f'{disposition}; filename="{voice.id}{suffix}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(data, media_type=MEDIA_TYPES.get(suffix, "application/octet-stream"), headers=headers)
