"""/api/tts, /api/voices and /api/health: the routes of the first iShowTTS, kept for its front ends."""

from __future__ import annotations

import asyncio
import base64

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from ishowtts.api.caller import needs
from ishowtts.api.describe import error_docs, json_doc
from ishowtts.api.headers import whole_headers
from ishowtts.api.names import fields_named, ignored
from ishowtts.api.original_schemas import ENGINE, OriginalHealth, OriginalSpeech, OriginalSpoken, OriginalVoice
from ishowtts.api.parse import read
from ishowtts.api.request_id import request_id
from ishowtts.api.respond import resolve, whole
from ishowtts.api.services import services
from ishowtts.audio.encode import encode_file
from ishowtts.synthesis.speak import Chunk, Speaking

router = APIRouter(prefix="/api", tags=["first iShowTTS"])

FIELDS = {"voice": "voice_id"}
_ERRORS = (400, 401, 403, 404, 413, 422, 429, 500, 503, 504)


@router.post("/tts", **json_doc(OriginalSpeech, OriginalSpoken, "application/json", _ERRORS))
@needs("synthesise")
async def tts(request: Request) -> Response:
    """Say a text: a WAV file, in base64."""
    body = await read(request, services(request).settings.server.request_timeout, OriginalSpeech)
    with fields_named(FIELDS):
        wanted = resolve(request, body.text, **body.wishes())
        chunks, speaking = await whole(request, wanted)
    content = await asyncio.to_thread(_told, request_id(request.scope), chunks, speaking)
    headers = {**whole_headers(speaking.request, speaking.speech), **ignored(body.model_extra)}
    return Response(content, media_type="application/json", headers=headers)


@router.get("/voices", responses=error_docs(401, 403))
@needs("synthesise")
async def voices(request: Request) -> list[OriginalVoice]:
    """Every voice, by id."""
    return [
        OriginalVoice(id=voice.id, engine_label=ENGINE, language=voice.language, reference_text=voice.text)
        for voice in services(request).library.list()
    ]


@router.get("/health")
@needs(None)
async def health(request: Request) -> OriginalHealth:
    """Is the server there? Says nothing of the model: that is GET /readyz."""
    parts = services(request)
    default = parts.settings.synthesis.default_voice["en"]
    return OriginalHealth(voices=len(parts.library.list()), default_voice=default)


def _told(id: str, chunks: list[Chunk], speaking: Speaking) -> bytes:
    rate = chunks[-1].sample_rate
    wav = encode_file([chunk.pcm for chunk in chunks], "wav", rate)
    return (
        OriginalSpoken(
            request_id=id,
            voice_id=speaking.request.voice.id,
            engine_label=ENGINE,
            sample_rate=rate,
            audio_base64=base64.b64encode(wav).decode("ascii"),
            waveform_len=sum(chunk.pcm.size for chunk in chunks),
            seed=speaking.request.sampling.seed,
        )
        .model_dump_json()
        .encode()
    )
