from __future__ import annotations

from pathlib import Path

import openai
import pytest
from openai import AsyncOpenAI

from tests.api.server import listening, serving

pytestmark = pytest.mark.anyio


async def test_models_as_the_client_reads_them(tmp_path: Path) -> None:
    async with (
        listening(tmp_path) as served,
        AsyncOpenAI(base_url=f"http://127.0.0.1:{served.port}/v1", api_key="x", max_retries=0) as client,
    ):
        models = {model.id: model async for model in client.models.list()}
        assert list(models) == ["f5-mini", "gpt-4o-mini-tts", "tts-1", "tts-1-hd"]
        assert {model.object for model in models.values()} == {"model"}
        assert models["f5-mini"].model_extra == {"license": "MIT", "languages": ["en", "zh"], "alias_of": None}
        one = await client.models.retrieve("tts-1")
        assert one == models["tts-1"]
        assert one.model_extra is not None
        assert one.model_extra["alias_of"] == "f5-mini"
        for unknown in ("gpt-5", "../tts", "tts-1/x", "tts-1-abcd"):
            with pytest.raises(openai.NotFoundError) as caught:
                await client.models.retrieve(unknown)
            assert caught.value.code in ("model_not_found", "not_found")


async def test_lists_that_imitators_of_openai_look_up(tmp_path: Path) -> None:
    async with serving(tmp_path, wait=False) as served:
        voices = (await served.client.get("/v1/audio/voices")).json()["voices"]
        assert [(voice["id"], voice["name"], voice["language"]) for voice in voices] == [
            ("ann", "Ann", "en"),
            ("mei", "mei", "zh"),
        ]
        models = (await served.client.get("/v1/audio/models")).json()["models"]
        assert {"id": "tts-1"} in models
