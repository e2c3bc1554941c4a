"""POST /v1/text-to-speech/{voice_id}…: the shape that ElevenLabs' clients speak. GET /v1/models is OpenAI's."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from ishowtts.api.caller import needs
from ishowtts.api.describe import NDJSON, error_docs, file_doc, json_doc
from ishowtts.api.elevenlabs_formats import DEFAULT, OutputFormat, encoding_of
from ishowtts.api.elevenlabs_packer import TimestampPacker, packed
from ishowtts.api.elevenlabs_schemas import ElevenLabsSpeech, ElevenLabsVoice, ElevenLabsVoices, SpeechWithTimestamps
from ishowtts.api.headers import whole_headers
from ishowtts.api.names import OPENAI_MODELS, check_model, fields_named, ignored, voice_for
from ishowtts.api.parse import read
from ishowtts.api.request_id import request_id
from ishowtts.api.respond import answer, resolve, whole
from ishowtts.api.services import services
from ishowtts.audio.encode import Encoding
from ishowtts.synthesis.request import SpeechRequest
from ishowtts.voices.voice import Voice

router = APIRouter(prefix="/v1", tags=["ElevenLabs"])

_FIELDS = {"voice": "voice_id"}
_THEIRS = "eleven_"
_ERRORS = (400, 401, 403, 404, 413, 422, 429, 500, 503, 504)
_FILE = file_doc(ElevenLabsSpeech, _ERRORS)


@dataclass(frozen=True, slots=True)
class _Asked:
    text: str
    """As it came."""
    wanted: SpeechRequest
    encoding: Encoding
    headers: dict[str, str]


@router.post("/text-to-speech/{voice_id}", **_FILE)
@needs("synthesise")
async def convert(request: Request, voice_id: str, output_format: OutputFormat = DEFAULT) -> Response:
    """Say a text in a voice: a whole file."""
    return await _sound(request, voice_id, output_format, stream=False)


@router.post("/text-to-speech/{voice_id}/stream", **_FILE)
@needs("synthesise")
async def stream(request: Request, voice_id: str, output_format: OutputFormat = DEFAULT) -> Response:
    """Say a text as it is made: the file in parts."""
    return await _sound(request, voice_id, output_format, stream="audio")


@router.post(
    "/text-to-speech/{voice_id}/with-timestamps",
    **json_doc(ElevenLabsSpeech, SpeechWithTimestamps, "application/json", _ERRORS),
)
@needs("synthesise")
async def with_timestamps(request: Request, voice_id: str, output_format: OutputFormat = DEFAULT) -> Response:
    """Say a text, with times of characters: a whole file in JSON."""
    asked = await _asked(request, voice_id, output_format)
    with fields_named(_FIELDS):
        chunks, speaking = await whole(request, asked.wanted)
    content = await asyncio.to_thread(packed, asked.text, chunks, asked.encoding)
    headers = {**whole_headers(speaking.request, speaking.speech), **asked.headers}
    return Response(content, media_type="application/json", headers=headers)


@router.post(
    "/text-to-speech/{voice_id}/stream/with-timestamps",
    **json_doc(ElevenLabsSpeech, SpeechWithTimestamps, NDJSON, _ERRORS),
)
@needs("synthesise")
async def stream_with_timestamps(request: Request, voice_id: str, output_format: OutputFormat = DEFAULT) -> Response:
    """Say a text as it is made, with times: a JSON object a line, each with the times of its characters."""
    asked = await _asked(request, voice_id, output_format)
    with fields_named(_FIELDS):
        response = await answer(
            request, asked.wanted, stream="audio", packer=TimestampPacker(asked.text, asked.encoding)
        )
    response.headers.update(asked.headers)
    return response


@router.get("/voices", responses=error_docs(401, 403))
@needs("synthesise")
async def voices(request: Request) -> ElevenLabsVoices:
    """Every voice."""
    return ElevenLabsVoices(voices=[_voice(voice) for voice in services(request).library.list()])


@router.get("/voices/{voice_id}", responses=error_docs(401, 403, 404))
@needs("synthesise")
async def voice(request: Request, voice_id: str) -> ElevenLabsVoice:
    """One voice."""
    with fields_named(_FIELDS):
        return _voice(services(request).library.get(voice_id))


async def _sound(request: Request, voice_id: str, output_format: str, *, stream: str | bool) -> Response:
    asked = await _asked(request, voice_id, output_format)
    with fields_named(_FIELDS):
        response = await answer(request, asked.wanted, format=asked.encoding, stream=stream)
    response.headers.update(asked.headers)
    return response


async def _asked(request: Request, voice_id: str, output_format: str) -> _Asked:
    parts = services(request)
    encoding = encoding_of(output_format)
    body = await read(request, parts.settings.server.request_timeout, ElevenLabsSpeech)
    if not (body.model_id or _THEIRS).startswith(_THEIRS):
        check_model(body.model_id, parts.settings.model.name, OPENAI_MODELS, param="model_id")
    speed = body.voice_settings.speed if body.voice_settings else None
    with fields_named(_FIELDS):
        name = voice_for(parts, voice_id, body.text, None)
        wanted = resolve(request, body.text, voice=name, speed=speed, seed=body.seed, normalize=body.normalize)
    headers = {"request-id": request_id(request.scope), **ignored(body.ignored())}
    return _Asked(body.text, wanted, encoding, headers)


def _voice(voice: Voice) -> ElevenLabsVoice:
    return ElevenLabsVoice(
        voice_id=voice.id,
        name=voice.name,
        category="premade" if voice.source == "built-in" else "cloned",
        description=voice.description,
        labels={"language": voice.language},
    )
