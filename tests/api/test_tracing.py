from __future__ import annotations

import sys
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from ishowtts.api.tracing import Traces
from ishowtts.errors import ConfigError
from ishowtts.settings import TracingSettings
from tests.api.server import TWO, make, serving

pytestmark = pytest.mark.anyio

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """Where the spans of every app go that is made in the test."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(Traces, "to", lambda settings: Traces(provider))
    return exporter


def by_name(exporter: InMemorySpanExporter) -> dict[str, list[ReadableSpan]]:
    spans: dict[str, list[ReadableSpan]] = {}
    for span in exporter.get_finished_spans():
        spans.setdefault(span.name, []).append(span)
    return spans


@pytest.mark.parametrize("stream", [False, "audio", "sse"])
async def test_a_request_is_a_span_with_its_parts_in_the_callers_trace(
    tmp_path: Path, exported: InMemorySpanExporter, stream: object, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "ishowtts.access")
    async with serving(tmp_path) as served:
        headers = {"traceparent": f"00-{TRACE}-{PARENT}-01", "x-request-id": "it-1"}
        await served.client.post("/tts", json={"text": TWO, "nfe_step": 4, "stream": stream}, headers=headers)
        await served.client.get("/healthz")
    spans = by_name(exported)
    assert {name: len(found) for name, found in spans.items()} == {
        "POST /tts": 1,
        "queue": 2,
        "synthesis": 2,
        "encode": 2 if stream else 1,
    }
    [request] = spans["POST /tts"]
    assert request.parent is not None
    assert (f"{request.parent.trace_id:032x}", f"{request.parent.span_id:016x}") == (TRACE, PARENT)
    told = dict(request.attributes or {})
    assert (told["http.route"], told["http.response.status_code"], told["ishowtts.voice"]) == ("/tts", 200, "ann")
    assert (told["ishowtts.request_id"], told["ishowtts.outcome"]) == ("it-1", "ok")
    assert told["ishowtts.audio_s"] > 1  # type: ignore[operator]
    for name in ("queue", "synthesis", "encode"):
        for part in spans[name]:
            assert part.parent is not None
            assert part.parent.span_id == request.context.span_id  # type: ignore[union-attr]
            assert part.start_time is not None
            assert part.end_time is not None
            assert request.start_time is not None
            assert request.start_time - 50_000_000 <= part.start_time <= part.end_time
    assert [part.attributes["ishowtts.steps"] for part in spans["synthesis"] if part.attributes] == [4, 4]
    assert f"trace_id={TRACE}" in next(r.message for r in caplog.records if "id=it-1" in r.message)


async def test_no_text_and_no_query_is_in_a_span(tmp_path: Path, exported: InMemorySpanExporter) -> None:
    async with serving(tmp_path) as served:
        await served.client.get("/tts", params={"text": "A kanarienvogel.", "user": "kanarienvogel"})
        await served.client.post("/tts", json={"text": "kanarienvogel", "voice": "kanarienvogel"})
        await served.client.get("/kanarienvogel?a=kanarienvogel", headers={"tracestate": "kanarienvogel=1"})
    spans = exported.get_finished_spans()
    assert len([span for span in spans if span.parent is None]) == 3
    assert "kanarienvogel" not in "".join(span.to_json() for span in spans)


async def test_a_failure_is_one_in_the_trace_and_a_bad_traceparent_is_none(
    tmp_path: Path, exported: InMemorySpanExporter
) -> None:
    async with serving(tmp_path) as served:
        for parent in ("", "00-zz-1-01", "x" * 5000, "00-" + "0" * 32 + "-" + "0" * 16 + "-01", "\xff"):
            header = {"traceparent": parent.encode("latin-1")}
            await served.client.post("/tts", json={"text": "Hi.", "speed": 99}, headers=header)  # type: ignore[arg-type]
        await served.worker.stop()
        await served.client.post("/tts", json={"text": "Hello."})
    spans = by_name(exported)["POST /tts"]
    assert all(span.parent is None for span in spans)
    assert [span.status.is_ok for span in spans] == [True] * 5 + [False]
    assert spans[-1].status.description == "not_ready"


def test_without_an_endpoint_there_are_none(tmp_path: Path) -> None:
    app, _ = make(tmp_path)
    assert app.state.traces is None


def test_without_the_packages_it_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(ConfigError, match=r"pip install 'ishowtts\[otel\]'"):
        Traces.to(TracingSettings(endpoint="http://127.0.0.1:4318/v1/traces"))
