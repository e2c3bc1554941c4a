"""POST and GET /tts: a text in, its sound out, whole or as it is made."""

from __future__ import annotations

import asyncio

import numpy as np
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from ishowtts.api.access_log import access
from ishowtts.api.audio_stream import AudioStream
from ishowtts.api.describe import GET_DOC, POST_DOC
from ishowtts.api.disconnect import cancelled_on_disconnect
from ishowtts.api.headers import media_type, whole_headers
from ishowtts.api.outcome import note_request, note_speech
from ishowtts.api.parse import body_of, from_query, stream_of_query
from ishowtts.api.request_id import request_id
from ishowtts.api.schemas import SpeechBody
from ishowtts.api.services import services
from ishowtts.api.sse import SpeechEvents
from ishowtts.audio.encode import Format, encode_file
from ishowtts.serving.cancel import CancelToken
from ishowtts.synthesis.load import nfe_step_for
from ishowtts.synthesis.request import prepare
from ishowtts.synthesis.speak import Speaking

router = APIRouter(tags=["speech"])


@router.post("/tts", **POST_DOC)
async def post_tts(request: Request) -> Response:
    """Say a text."""
    wished = stream_of_query(request.query_params).stream
    body = await body_of(request, services(request).settings.server.request_timeout)
    return await _speak(request, body, body.stream if body.stream is not None else wished)


@router.get("/tts", **GET_DOC)
async def get_tts(request: Request) -> Response:
    """Say a text, for whatever knows only URLs: curl, `<audio>`, EventSource."""
    body = from_query(request.query_params)
    return await _speak(request, body, body.stream)


async def _speak(request: Request, body: SpeechBody, stream: str | bool | None) -> Response:
    if stream is None and _accepts_events(request):
        stream = "sse"
    if stream == "sse" and "last-event-id" in request.headers:
        # An EventSource that connects again after the end. A speech is not said twice, and 204 stops it.
        return Response(status_code=204)
    parts = services(request)
    server = parts.settings.server
    status = parts.worker.status()
    wishes = body.wishes()
    wishes["nfe_step"] = nfe_step_for(wishes.get("nfe_step"), status.queued + status.running, parts.settings)
    wanted = prepare(body.text, parts.library, parts.settings, request_id=request_id(request.scope), **wishes)
    note_request(access(request.scope), wanted)
    token = CancelToken()
    speaking = parts.speaker.speak(wanted, token, server.request_timeout)
    format = body.format or "wav"
    # Status and headers wait for the first sound, so that an early failure is a plain error.
    async with cancelled_on_disconnect(request.receive, token):
        if not stream:
            return await _whole(request, speaking, format)
        first = await anext(speaking)
    if stream == "sse":
        return SpeechEvents(first, speaking, token, server)
    return AudioStream(first, speaking, token, format=format, send_timeout=server.sse_send_timeout)


async def _whole(request: Request, speaking: Speaking, format: Format) -> Response:
    pieces: list[np.ndarray] = []
    rate = 0
    async for chunk in speaking:
        pieces.append(chunk.pcm)
        rate = chunk.sample_rate
    content = await asyncio.to_thread(encode_file, pieces, format, rate)
    note_speech(access(request.scope), speaking, "ok")
    headers = whole_headers(speaking.request, speaking.speech)
    return Response(content, media_type=media_type(format, rate), headers=headers)


def _accepts_events(request: Request) -> bool:
    accepted = request.headers.get("accept", "").lower().split(",")
    return any(part.split(";")[0].strip() == "text/event-stream" for part in accepted)
