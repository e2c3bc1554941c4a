"""A resolved request to its answer: a whole file, a file as it is made, or events. Every speech route ends here."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ishowtts.api.access_log import access
from ishowtts.api.audio_stream import AudioStream
from ishowtts.api.caller import caller
from ishowtts.api.disconnect import cancelled_on_disconnect
from ishowtts.api.events import Script, SpeechScript
from ishowtts.api.headers import media_type, whole_headers
from ishowtts.api.outcome import note_request, note_speech
from ishowtts.api.packers import FilePacker, Packer
from ishowtts.api.request_id import request_id
from ishowtts.api.services import services
from ishowtts.api.sse import SpeechEvents
from ishowtts.audio.encode import Encoding, Format, encode_file
from ishowtts.errors import MissingScope
from ishowtts.priority import URGENCY, Priority
from ishowtts.serving.cancel import CancelToken
from ishowtts.serving.claim import Sender
from ishowtts.synthesis.load import nfe_step_for
from ishowtts.synthesis.request import SpeechRequest, prepare
from ishowtts.synthesis.speak import Chunk, Speaking


def resolve(
    request: Request,
    text: str,
    *,
    room: str | None = None,
    user: str | None = None,
    priority: Priority | None = None,
    **wishes: Any,
) -> SpeechRequest:
    """The text with every wish filled in from the settings, and who wants it.

    Raises what `synthesis.request.prepare` does, and `MissingScope` for a priority that is not the caller's to ask for.
    """
    parts = services(request)
    asking = caller(request.scope)
    if priority is not None and URGENCY[priority] < URGENCY[asking.priority]:
        raise MissingScope(f"This key may ask for `priority` {asking.priority!r} at most.", param="priority")
    sender = Sender(asking.name, room or "", user or "")
    fresh = "no-cache" in request.headers.get("cache-control", "").lower()
    status = parts.worker.status()
    wishes["nfe_step"] = nfe_step_for(wishes.get("nfe_step"), status.queued + status.running, parts.settings)
    wanted = prepare(
        text,
        parts.library,
        parts.settings,
        request_id=request_id(request.scope),
        sender=sender,
        priority=priority or ("normal" if URGENCY[asking.priority] <= URGENCY["normal"] else asking.priority),
        fresh=fresh,
        **wishes,
    )
    note_request(access(request.scope), wanted)
    return wanted


async def answer(
    request: Request,
    wanted: SpeechRequest,
    *,
    format: Format | Encoding = "wav",
    stream: str | bool = False,
    script: Script | None = None,
    packer: Packer | None = None,
) -> Response:
    """Say it. `stream` is False (a whole file), "audio" (the file as it is made, or what `packer` makes of the speech)
    or "sse" (events worded by `script`).

    Status and headers wait for the first sound, so that an early failure is raised here and is a plain error.
    """
    if not stream:
        return await _file(request, wanted, format)
    parts = services(request)
    server = parts.settings.server
    token = CancelToken()
    access(request.scope).stream = str(stream)
    speaking = parts.speaker.speak(wanted, token, server.request_timeout)
    async with cancelled_on_disconnect(request.receive, token):
        first = await anext(speaking)
    if stream == "sse":
        return SpeechEvents(first, speaking, token, server, script or SpeechScript(speaking.request))
    packer = packer or FilePacker(format)
    return AudioStream(first, speaking, token, packer=packer, send_timeout=server.sse_send_timeout)


async def whole(request: Request, wanted: SpeechRequest) -> tuple[list[Chunk], Speaking]:
    """All of it, for answers that are made of all of it. Raises what the worker does."""
    parts = services(request)
    token = CancelToken()
    speaking = parts.speaker.speak(wanted, token, parts.settings.server.request_timeout)
    async with cancelled_on_disconnect(request.receive, token):
        chunks = [chunk async for chunk in speaking]
    record = access(request.scope)
    record.heard()
    note_speech(record, speaking, "ok")
    return chunks, speaking


async def _file(request: Request, wanted: SpeechRequest, format: Format | Encoding) -> Response:
    chunks, speaking = await whole(request, wanted)
    rate = chunks[-1].sample_rate
    with access(request.scope).encoding():
        content = await asyncio.to_thread(encode_file, [chunk.pcm for chunk in chunks], format, rate)
    headers = whole_headers(speaking.request, speaking.speech)
    return Response(content, media_type=media_type(format, rate), headers=headers)
