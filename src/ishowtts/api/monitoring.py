"""GET /metrics, and the middleware that counts and times requests."""

from __future__ import annotations

import asyncio
import time

from fastapi import APIRouter
from prometheus_client.exposition import choose_encoder
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ishowtts.api.access_log import Access, access
from ishowtts.api.services import services
from ishowtts.api.wanted import wanted
from ishowtts.errors import NotFound, QueueFull, SpeechError
from ishowtts.serving.metrics import Metrics

router = APIRouter(tags=["operations"])

OTHER = "other"
"""The label of every path that is no route of ours."""

SLOW_READER = "slow_reader"


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(request: Request) -> Response:
    """Counters and times for Prometheus. In its text format or OpenMetrics; 404 where `metrics.enabled` is false."""
    parts = services(request)
    if not parts.settings.metrics.enabled:
        raise NotFound("Metrics are turned off: `metrics.enabled`.")
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    return Response(await asyncio.to_thread(encode, parts.metrics.registry), headers={"Content-Type": content_type})


class Measured:
    """Puts every request into `metrics` when it is over. Outside whatever may refuse one."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics
        metrics.expect_drops(DROPS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.monotonic()
        status = 499
        events = False
        answered = started

        async def send_and_note(message: Message) -> None:
            nonlocal status, events, answered
            if message["type"] == "http.response.start":
                answered = time.monotonic()
                status = message["status"]
                if events := _is_event_stream(message):
                    self.metrics.sse_opened()
            await send(message)

        self.metrics.request_began()
        try:
            await self.app(scope, receive, send_and_note)
        finally:
            if events:
                self.metrics.sse_closed()
            self.metrics.request_ended(endpoint_of(scope), status, time.monotonic() - started)
            record = access(scope)
            if record.first_sound is not None and record.stream == "no":
                record.first_sound = answered  # a whole file is heard when all of it is encoded
            count_speech(self.metrics, record, started)


def count_speech(metrics: Metrics, record: Access, started: float) -> None:
    """A speech is over, however it was asked for; `started` is on the clock of `time.monotonic`."""
    if record.first_sound is not None:
        metrics.first_audio(record.first_sound - started, record.stream)
    if record.underrun is not None:
        metrics.underran(record.underrun)
    if record.speech is not None:
        made = record.speech.cache == "miss"
        metrics.cached(not made)
        metrics.spoken(record.speech.audio_seconds, record.speech.rtf if made else 0.0)
    if record.outcome in DROPS:
        metrics.dropped(record.outcome)


def _is_event_stream(start: Message) -> bool:
    return any(
        name.lower() == b"content-type" and value.startswith(b"text/event-stream") for name, value in start["headers"]
    )


def endpoint_of(scope: Scope) -> str:
    """The route as it is written in the code: a path of the caller's choice would be a label without end."""
    path = getattr(scope.get("route"), "path", None) or wanted(scope).path  # the latter of one that was refused
    return path if isinstance(path, str) else OTHER


def _drops(kind: type[SpeechError] = SpeechError) -> set[str]:
    """Codes of the errors that are no fault of the caller's, and of a refusal for lack of room."""
    own = {kind.code} if kind.status == QueueFull.status or kind.status >= 500 else set()
    return own.union(*(_drops(child) for child in kind.__subclasses__()))


DROPS = frozenset({SLOW_READER, *_drops()})
"""Outcomes that count as drops."""
