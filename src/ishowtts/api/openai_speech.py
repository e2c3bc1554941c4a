"""POST /v1/audio/speech: the contract of OpenAI's clients."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from ishowtts.api.caller import needs
from ishowtts.api.describe import speech_doc
from ishowtts.api.names import check_model, fields_named, ignored, voice_for
from ishowtts.api.openai_events import FIELDS, OpenAIScript
from ishowtts.api.openai_schemas import OpenAISpeech
from ishowtts.api.parse import read
from ishowtts.api.respond import answer, resolve
from ishowtts.api.services import services
from ishowtts.api.timestamps import detail_for

router = APIRouter(prefix="/v1", tags=["OpenAI"])

_SSE_EXAMPLE = (
    'event: speech.audio.delta\ndata: {"type":"speech.audio.delta","audio":"<base64>"}\n\n'
    'event: speech.audio.done\ndata: {"type":"speech.audio.done",'
    '"usage":{"input_tokens":33,"output_tokens":198,"total_tokens":231}}\n\ndata: [DONE]\n\n'
)


@router.post("/audio/speech", **speech_doc(OpenAISpeech, _SSE_EXAMPLE, (400, 401, 403, 404, 413, 429, 500, 503, 504)))
@needs("synthesise")
async def speech(request: Request) -> Response:
    """Say a text, as OpenAI's service would: the file comes as it is made."""
    parts = services(request)
    body = await read(request, parts.settings.server.request_timeout, OpenAISpeech)
    check_model(body.model, parts.settings.model.name)
    format = body.response_format or "mp3"
    stream = "sse" if body.stream_format == "sse" else False if body.stream is False else "audio"
    timestamps = detail_for(body.timestamps, events=stream == "sse", default="none")
    with fields_named(FIELDS):
        voice = voice_for(parts, body.voice_name, body.input, body.language)
        wanted = resolve(request, body.input, voice=voice, **body.wishes())
        response = await answer(
            request, wanted, format=format, stream=stream, script=OpenAIScript(wanted, format, timestamps)
        )
    response.headers.update(ignored(body.ignored()))
    return response
