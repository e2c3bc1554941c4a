"""What /openapi.json promises is what the server does, for input of any kind."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from fastapi import FastAPI
from schemathesis.engine import events, from_schema
from schemathesis.python import asgi

from tests.api.server import make
from tests.serving.running import PATIENCE

HOSTS = {"allowed_hosts": ["testserver"]}  # what schemathesis calls it
SPOKEN = {
    "GET /tts",
    "POST /tts",
    "POST /v1/audio/speech",
    "POST /v1/text-to-speech/{voice_id}",
    "POST /v1/text-to-speech/{voice_id}/stream",
    "POST /v1/text-to-speech/{voice_id}/with-timestamps",
    "POST /v1/text-to-speech/{voice_id}/stream/with-timestamps",
    "POST /api/tts",
}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    app, worker = make(tmp_path, server=HOSTS, queue={"max_jobs": 1000})
    with asgi.get_client(app):
        deadline = time.monotonic() + PATIENCE
        while worker.status().state != "ready":
            assert time.monotonic() < deadline
            time.sleep(0.01)
        yield app


def test_promises_are_kept(app: FastAPI) -> None:
    """Schemathesis' own phases: the examples, every boundary of every field, wrong methods, types and encodings.

    A text that the schema allows may yet have nothing in it that can be spoken, so valid data may be refused.
    """
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    schema = schema.exclude(path=["/danmaku/stream", "/api/danmaku/start"])  # never ends; connects to Twitch
    schema.config.generation.update(max_examples=4, deterministic=True)
    schema.config.phases.stateful.enabled = False
    failures, seen = [], Counter[str]()
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            failures.append(repr(event))
        if not isinstance(event, events.ScenarioFinished):
            continue
        for checks in event.recorder.checks.values():
            for check in checks:
                if check.failure_info and check.name != "positive_data_acceptance":
                    failures.append(f"{event.label}: {check.name}: {check.failure_info.failure}")
        seen.update(
            event.label or ""
            for interaction in event.recorder.interactions.values()
            if interaction.response and interaction.response.status_code == 200
        )
    assert not failures, "\n\n".join(failures)
    assert {label for label in SPOKEN if not seen[label]} == set()
