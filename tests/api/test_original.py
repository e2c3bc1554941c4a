from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import pytest
import soundfile

from tests.api.server import TWO, error_of, serving

pytestmark = pytest.mark.anyio

LEFT_OPEN = {
    "voice_id": "ann",
    "engine": "f5",
    "shimmy_model": None,
    "speed": None,
    "target_rms": None,
    "cross_fade_duration": None,
    "sway_sampling_coef": None,
    "cfg_strength": None,
    "nfe_step": None,
    "fix_duration": None,
    "remove_silence": None,
    "seed": None,
}


async def test_a_text_comes_back_in_the_old_shape(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        response = await served.client.post("/api/tts", json={"text": TWO, **LEFT_OPEN})
        assert "x-ignored-fields" not in response.headers
        told = response.json()
        wav = base64.b64decode(told.pop("audio_base64"))
        sound, rate = soundfile.read(io.BytesIO(wav))
        assert told == {
            "request_id": response.headers["x-request-id"],
            "voice_id": "ann",
            "engine": "f5",
            "engine_label": "f5",
            "sample_rate": rate,
            "waveform_len": len(sound),
            "format": "audio/wav",
            "seed": int(response.headers["x-seed"]),
        }
        assert len(sound) / rate == pytest.approx(0.06 * len(TWO), rel=0.1)
        body = {"text": TWO, "seed": told["seed"] + 2**40}
        again = await served.client.post("/api/tts", json=body)
        assert base64.b64decode(again.json()["audio_base64"]) == wav
        mine = await served.client.post("/tts", json={"text": TWO, "seed": told["seed"]})
        assert mine.content == wav


@pytest.mark.parametrize(
    ("body", "status", "code", "param"),
    [
        ({"text": ""}, 422, "nothing_to_say", "text"),
        ({}, 422, "invalid_value", "text"),
        ({"text": "Hi.", "voice_id": "walter"}, 404, "voice_not_found", "voice_id"),
        ({"text": "Hi.", "engine": "index_tts"}, 422, "invalid_value", "engine"),
        ({"text": "Hi.", "nfe_step": 10**9}, 422, "invalid_value", "nfe_step"),
        ({"text": "Hi.", "speed": 0}, 422, "invalid_value", "speed"),
        ({"text": "Hi.", "seed": 2**64}, 422, "invalid_value", "seed"),
    ],
)
async def test_what_was_unchecked_is_refused(
    tmp_path: Path, body: dict[str, Any], status: int, code: str, param: str
) -> None:
    async with serving(tmp_path, wait=False) as served:
        response = await served.client.post("/api/tts", json=body)
        assert response.status_code == status
        error = error_of(response)
        assert (error["code"], error["param"]) == (code, param)


async def test_unknown_fields_are_taken_and_named(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        response = await served.client.post("/api/tts", json={"text": "Hi.", "shimmy_model": "f5-tts", "x": 1})
        assert response.status_code == 200
        assert response.headers["x-ignored-fields"] == "shimmy_model, x"


async def test_voices_and_health(tmp_path: Path) -> None:
    async with serving(tmp_path, wait=False) as served:
        assert (await served.client.get("/api/voices")).json() == [
            {"id": "ann", "engine": "f5", "engine_label": "f5", "language": "en", "reference_text": "I am Ann."},
            {"id": "mei", "engine": "f5", "engine_label": "f5", "language": "zh", "reference_text": "我是小美。"},
        ]
        health = (await served.client.get("/api/health")).json()
        assert health == {"status": "ok", "voices": 2, "default_voice": "ann"}
