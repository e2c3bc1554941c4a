"""POST and GET /tts: a text in, its sound out, whole or as it is made."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from ishowtts.api.caller import needs
from ishowtts.api.describe import GET_DOC, POST_DOC
from ishowtts.api.events import SpeechScript
from ishowtts.api.parse import body_of, from_query, stream_of_query
from ishowtts.api.respond import answer, resolve
from ishowtts.api.schemas import SpeechBody
from ishowtts.api.services import services
from ishowtts.api.timestamps import detail_for

router = APIRouter(tags=["speech"])


@router.post("/tts", **POST_DOC)
@needs("synthesise")
async def post_tts(request: Request) -> Response:
    """Say a text."""
    wished = stream_of_query(request.query_params).stream
    body = await body_of(request, services(request).settings.server.request_timeout)
    return await _speak(request, body, body.stream if body.stream is not None else wished)


@router.get("/tts", **GET_DOC)
@needs("synthesise")
async def get_tts(request: Request) -> Response:
    """Say the text of a URL: for curl, `<audio>` and EventSource."""
    body = from_query(request.query_params)
    return await _speak(request, body, body.stream)


async def _speak(request: Request, body: SpeechBody, stream: str | bool | None) -> Response:
    if stream is None and _accepts_events(request):
        stream = "sse"
    if stream == "sse" and "last-event-id" in request.headers:
        # An EventSource that connects again after the end. A speech is not said twice, and 204 stops it.
        return Response(status_code=204)
    timestamps = detail_for(body.timestamps, events=stream == "sse", default="segment")
    wanted = resolve(request, body.text, **body.wishes())
    script = SpeechScript(wanted, timestamps)
    return await answer(request, wanted, format=body.format or "wav", stream=stream or False, script=script)


def _accepts_events(request: Request) -> bool:
    accepted = request.headers.get("accept", "").lower().split(",")
    return any(part.split(";")[0].strip() == "text/event-stream" for part in accepted)
