from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from ishowtts import __version__
from ishowtts.errors import CheckpointError
from ishowtts.settings import Settings
from tests.api.server import client_of, make, serving
from tests.fakes import FakeFactory
from tests.serving.running import PATIENCE, until

pytestmark = pytest.mark.anyio


async def test_ready_only_when_the_model_is(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "ishowtts")
    async with serving(tmp_path, FakeFactory(load_seconds=0.3), wait=False) as served:
        await until(lambda: served.worker.status().stage == "loading the fake")
        loading = await served.client.get("/readyz")
        assert loading.status_code == 503
        told = loading.json()
        assert (told["status"], told["stage"], told["reason"]) == (
            "loading",
            "loading the fake",
            "the model is loading",
        )
        assert 0 < told["progress"] < 1
        assert loading.headers["retry-after"]
        assert (await served.client.get("/healthz")).json() == {"status": "ok"}
        assert (await served.client.get("/version")).json()["engine"] == {}

        await asyncio.wait_for(served.worker.wait_ready(), PATIENCE)
        ready = await served.client.get("/readyz")
        assert ready.status_code == 200
        told = ready.json()
        assert (told["status"], told["progress"], told["reason"]) == ("ready", 1.0, None)
        assert told["engine"]["model"] == "fake"
        assert told["queue"] == {"queued": 0, "running": 0, "max_jobs": 256}
        assert told["voices"] == 2
        version = (await served.client.get("/version")).json()
        assert (version["version"], version["engine"]["sample_rate"]) == (__version__, 24_000)
        await until(lambda: any(r.message.startswith("ready: fake on cpu, 2 voices") for r in caplog.records))


async def test_a_model_that_cannot_be_loaded_is_told_and_the_server_lives(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "ishowtts")
    async with serving(tmp_path, FakeFactory(fail="weights are missing"), wait=False) as served:
        with pytest.raises(CheckpointError):
            await asyncio.wait_for(served.worker.wait_ready(), PATIENCE)
        response = await served.client.get("/readyz")
        assert response.status_code == 503
        assert response.json()["status"] == "failed"
        assert "weights are missing" in response.json()["reason"]
        assert "retry-after" not in response.headers
        assert (await served.client.get("/healthz")).status_code == 200
        assert (await served.client.post("/tts", json={"text": "Hello."})).status_code == 503
        with pytest.raises(CheckpointError):
            await asyncio.wait_for(served.worker.wait_over(), PATIENCE)
    told = [record.getMessage() for record in caplog.records if "weights are missing" in record.getMessage()]
    assert told == ["the model cannot be loaded: weights are missing"]


async def test_voices_are_listed_with_the_defaults(tmp_path: Path) -> None:
    app, _ = make(tmp_path)
    async with client_of(app) as client:
        body = (await client.get("/voices")).json()
    assert body["default"] == {"en": "ann", "zh": "mei"}
    assert [voice["id"] for voice in body["voices"]] == ["ann", "mei"]
    ann = body["voices"][0]
    assert (ann["name"], ann["language"], ann["source"], ann["text"]) == ("Ann", "en", "config", "I am Ann.")


async def test_the_docs_describe_what_there_is(tmp_path: Path) -> None:
    app, _ = make(tmp_path)
    async with client_of(app) as client:
        assert "swagger" in (await client.get("/docs")).text
        schema = (await client.get("/openapi.json")).json()
    post = schema["paths"]["/tts"]["post"]
    fields = post["requestBody"]["content"]["application/json"]["schema"]
    assert {"text", "voice", "nfe_step", "seed", "fix_duration", "format", "stream"} <= set(fields["properties"])
    assert fields["examples"]
    assert {"audio/wav", "text/event-stream"} <= set(post["responses"]["200"]["content"])
    assert "X-Seed" in post["responses"]["200"]["headers"]
    for status in ("400", "404", "413", "422", "429", "503", "504"):
        body = post["responses"][status]["content"]["application/json"]["schema"]
        assert body == {"$ref": "#/components/schemas/ErrorBody"}
    query = {parameter["name"]: parameter for parameter in schema["paths"]["/tts"]["get"]["parameters"]}
    assert set(query) == set(fields["properties"])
    assert query["text"]["required"]
    assert set(schema["paths"]) >= {
        "/tts",
        "/voices",
        "/v1/audio/speech",
        "/healthz",
        "/readyz",
        "/version",
        "/metrics",
    }
    assert "HTTPValidationError" not in schema["components"]["schemas"]


def test_the_ranges_of_a_request_are_those_of_the_settings() -> None:
    from ishowtts.api.schemas import SpeechBody

    of_body = SpeechBody.model_json_schema()["properties"]
    of_settings = Settings.model_json_schema()["$defs"]["SynthesisSettings"]["properties"]
    common = set(of_body) & set(of_settings)
    assert len(common) == 7
    for name in common - {"remove_silence"}:
        limits = {k: v for k, v in of_settings[name].items() if k in ("minimum", "maximum", "type")}
        assert of_body[name]["anyOf"][0] == limits, name
