"""What holds for every contract that is not our own."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from tests.api.server import TWO, listening
from tests.api.test_auth import KEYS, SPEAK, VOICES
from tests.fakes import FakeFactory
from tests.serving.running import until

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/audio/speech", {"input": TWO, "nfe_step": 64}),
        ("/v1/audio/speech", {"input": TWO, "nfe_step": 64, "stream_format": "sse"}),
        ("/v1/audio/speech", {"input": TWO, "nfe_step": 64, "stream": False}),
        ("/v1/text-to-speech/ann", {"text": TWO}),
        ("/v1/text-to-speech/ann/stream", {"text": TWO}),
        ("/v1/text-to-speech/ann/with-timestamps", {"text": TWO}),
        ("/v1/text-to-speech/ann/stream/with-timestamps", {"text": TWO}),
        ("/api/tts", {"text": TWO, "nfe_step": 64}),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
async def test_leaving_stops_the_work(tmp_path: Path, path: str, body: dict[str, Any]) -> None:
    steps = tmp_path / "steps"
    factory = FakeFactory(step_seconds=0.05, steps_file=steps)
    async with listening(tmp_path, factory, synthesis={"nfe_step": 64}) as served:
        _, writer = await asyncio.open_connection("127.0.0.1", served.port)
        data = json.dumps(body).encode()
        writer.write(f"POST {path} HTTP/1.1\r\nHost: test\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)
        await writer.drain()
        await until(steps.exists)
        writer.close()
        await served.idle()
        assert steps.stat().st_size < 64


async def test_keys_are_checked_as_the_clients_send_them(tmp_path: Path) -> None:
    async with listening(tmp_path, auth={"keys": KEYS}) as served:

        async def speak(key: str) -> bytes:
            async with AsyncOpenAI(base_url=f"http://127.0.0.1:{served.port}/v1", api_key=key) as client:
                return (await client.audio.speech.create(model="tts-1", voice="ann", input="Hi.")).content

        assert await speak(SPEAK)
        with pytest.raises(openai.AuthenticationError) as unknown:
            await speak("sk-0123")
        assert unknown.value.code == "invalid_api_key"
        with pytest.raises(openai.PermissionDeniedError) as lacking:
            await speak(VOICES)
        assert lacking.value.code == "missing_scope"

        path = "/v1/text-to-speech/ann"
        said = await served.client.post(path, json={"text": "Hi."}, headers={"xi-api-key": SPEAK})
        assert said.status_code == 200
        refused = await served.client.post(path, json={"text": "Hi."})
        assert refused.status_code == 401
        assert refused.json()["detail"]["status"] == "missing_api_key"
        assert (await served.client.post("/api/tts", json={"text": "Hi."})).status_code == 401
        assert (await served.client.get("/api/health")).status_code == 200
