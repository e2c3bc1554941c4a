"""OpenTelemetry, where it is wanted: a request as a span, with its queue, its segments and its encoding below it.

The spans are made when the request is over, of what was noted meanwhile: nothing else has to know of traces.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ishowtts import __version__
from ishowtts.api.access_log import PROBES, Access, access
from ishowtts.api.monitoring import endpoint_of
from ishowtts.api.request_id import request_id
from ishowtts.errors import ConfigError
from ishowtts.settings import TracingSettings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

log = logging.getLogger(__name__)

CLOSE_SECONDS = 3.0
"""At the end of the server, for the last spans to get out."""

TOLD = ("voice", "chars", "audio_s", "queue_ms", "ttfa_ms", "rtf", "cache")
"""Details of a request that go into its span: never the text, nor who asked."""


class Traces:
    """Spans of this server, made by `provider`."""

    def __init__(self, provider: TracerProvider) -> None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._provider = provider
        self._tracer = provider.get_tracer("ishowtts", __version__)
        self._propagator = TraceContextTextMapPropagator()

    @classmethod
    def to(cls, settings: TracingSettings) -> Traces | None:
        """What sends to `endpoint`; None without one. Raises `ConfigError` where the packages for it are missing."""
        if not settings.endpoint:
            return None
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
            from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
        except ImportError:
            raise ConfigError(
                "tracing.endpoint is set, but OpenTelemetry is not installed: `pip install 'ishowtts[otel]'`, or leave "
                "tracing.endpoint empty."
            ) from None
        provider = TracerProvider(
            resource=Resource.create({"service.name": "ishowtts", "service.version": __version__}),
            sampler=ParentBased(TraceIdRatioBased(settings.sample_ratio)),
            shutdown_on_exit=False,
        )
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.endpoint)))
        return cls(provider)

    def begin(self, scope: Scope) -> Span:
        """The span of a request, within the trace that its `traceparent` names if any."""
        from opentelemetry.trace import SpanKind

        headers = {name: value.decode("latin-1") for name, value in _trace_headers(scope)}
        return self._tracer.start_span(scope["method"], self._propagator.extract(headers), SpanKind.SERVER)

    def end(self, span: Span, scope: Scope, status: int, record: Access) -> None:
        """All that is known of it now, and its parts."""
        from opentelemetry.trace import Status, StatusCode

        route = endpoint_of(scope)
        span.update_name(f"{scope['method']} {route}")
        span.set_attributes(
            {
                "http.request.method": scope["method"],
                "http.route": route,
                "http.response.status_code": status,
                "ishowtts.request_id": request_id(scope),
                "ishowtts.outcome": record.outcome,
                "ishowtts.stream": record.stream,
                **{f"ishowtts.{name}": record.details[name] for name in TOLD if name in record.details},
            }
        )
        if status >= 500:
            span.set_status(Status(StatusCode.ERROR, record.outcome))
        self._parts(span, record)
        span.end()

    def _parts(self, span: Span, record: Access) -> None:
        for number, made in enumerate(record.made):
            told = {"ishowtts.segment": number, "ishowtts.steps": made.steps, "ishowtts.batch": made.batch}
            self._part(span, "queue", made.asked, made.begun, {"ishowtts.segment": number})
            self._part(span, "synthesis", made.begun, made.done, told)
        for begun, done in record.encoded:
            self._part(span, "encode", begun, done, {})

    def _part(self, parent: Span, name: str, begun: float, done: float, attributes: dict[str, Any]) -> None:
        from opentelemetry.trace import set_span_in_context

        part = self._tracer.start_span(
            name, set_span_in_context(parent), attributes=attributes, start_time=_wall_ns(begun)
        )
        part.end(_wall_ns(done))

    async def close(self) -> None:
        """Send what is left, without waiting for a collector that does not answer."""
        sent = asyncio.to_thread(self._provider.force_flush, int(1000 * CLOSE_SECONDS))
        try:
            await asyncio.wait_for(sent, CLOSE_SECONDS)
        except TimeoutError:
            log.warning("the last traces could not be sent")


class Traced:
    """Makes a span of every request, probes aside. Outside of the access log, which tells the trace's id."""

    def __init__(self, app: ASGIApp, traces: Traces) -> None:
        self.app = app
        self.traces = traces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in PROBES:
            await self.app(scope, receive, send)
            return
        status = 499

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        record = access(scope)
        span = self.traces.begin(scope)
        record.details["trace_id"] = f"{span.get_span_context().trace_id:032x}"
        try:
            await self.app(scope, receive, send_and_note)
        finally:
            self.traces.end(span, scope, status, record)


def _trace_headers(scope: Scope) -> list[tuple[str, bytes]]:
    wanted = {b"traceparent", b"tracestate"}
    return [(name.decode("latin-1"), value) for name, value in scope["headers"] if name in wanted]


def _wall_ns(monotonic: float) -> int:
    """Nanoseconds since 1970 of a `time.monotonic()` value not long past."""
    return time.time_ns() - int((time.monotonic() - monotonic) * 1e9)
