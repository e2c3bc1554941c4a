from __future__ import annotations

import base64
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile

from ishowtts.api.elevenlabs_formats import OUTPUT_FORMATS
from tests.api.server import TWO, Served, serving

pytestmark = pytest.mark.anyio

ANN = "/v1/text-to-speech/ann"
BODY: dict[str, Any] = {"text": TWO, "model_id": "eleven_multilingual_v2", "seed": 7}


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path) as served:
        yield served


def seconds_of(data: bytes, format: str) -> float:
    if format.startswith("pcm"):
        return len(data) / 2 / int(format.split("_")[1])
    sound, rate = soundfile.read(io.BytesIO(data))
    assert rate == int(format.split("_")[1])
    return len(sound) / rate


async def test_every_output_format_has_the_rate_and_bits_of_its_name(served: Served) -> None:
    said = await served.client.post(ANN, params={"output_format": "pcm_24000"}, json=BODY)
    true = seconds_of(said.content, "pcm_24000")
    for format in OUTPUT_FORMATS:
        for path in (ANN, f"{ANN}/stream"):
            response = await served.client.post(path, params={"output_format": format}, json=BODY)
            assert response.status_code == 200
            assert ("content-length" in response.headers) == (path == ANN)
            if format.startswith("wav") and path != ANN:
                continue  # of unknown length, which libsndfile reads to the end of a file only
            assert seconds_of(response.content, format) == pytest.approx(true, abs=0.1), format
            if format.startswith(("mp3", "opus")):
                bits = 8 * len(response.content) / true / 1000
                assert bits == pytest.approx(int(format.split("_")[2]), rel=0.4), format
    default = await served.client.post(ANN, json=BODY)
    assert default.headers["content-type"] == "audio/mpeg"
    assert default.headers["request-id"] == default.headers["x-request-id"]


def check(alignment: dict[str, Any], text: str, start: float, end: float) -> None:
    assert "".join(alignment["characters"]) == text
    starts, ends = alignment["character_start_times_seconds"], alignment["character_end_times_seconds"]
    assert len(starts) == len(ends) == len(text)
    assert starts[0] == pytest.approx(start, abs=0.01)
    assert ends[-1] == pytest.approx(end, abs=0.01)
    assert all(a <= b for a, b in zip(starts, ends, strict=True))
    assert all(a <= b + 1e-6 for a, b in zip(ends, starts[1:], strict=False))


WRITTEN = "  This is the\t first sentence of two.\n\nAnd here,\u200b the second one comes after it 🎉  "


async def test_a_whole_file_with_the_times_of_what_was_written_and_of_what_was_spoken(served: Served) -> None:
    params = {"output_format": "pcm_24000"}
    response = await served.client.post(f"{ANN}/with-timestamps", params=params, json={**BODY, "text": WRITTEN})
    assert response.headers["content-type"] == "application/json"
    told = response.json()
    seconds = seconds_of(base64.b64decode(told["audio_base64"]), "pcm_24000")
    assert float(response.headers["x-audio-duration"]) == pytest.approx(seconds, abs=1e-3)
    check(told["alignment"], WRITTEN, 0, seconds)
    spoken = "".join(told["normalized_alignment"]["characters"])
    assert spoken == "This is the first sentence of two. And here, the second one comes after it"
    check(told["normalized_alignment"], spoken, 0, seconds)
    assert told["estimated"] is True
    at = told["alignment"]["character_start_times_seconds"]
    assert at[WRITTEN.index("second")] == pytest.approx(seconds / 2, abs=0.7)


async def test_a_stream_with_times_is_the_same_in_lines(served: Served) -> None:
    for format in ("pcm_24000", "mp3_44100_64"):
        params = {"output_format": format}
        response = await served.client.post(
            f"{ANN}/stream/with-timestamps", params=params, json=BODY | {"text": WRITTEN}
        )
        assert response.headers["content-type"] == "application/x-ndjson"
        lines = [json.loads(line) for line in response.text.splitlines()]
        whole = (
            await served.client.post(f"{ANN}/with-timestamps", params=params, json=BODY | {"text": WRITTEN})
        ).json()
        sound = b"".join(base64.b64decode(line["audio_base64"]) for line in lines)
        true = seconds_of(base64.b64decode(whole["audio_base64"]), format)
        assert seconds_of(sound, format) == pytest.approx(true, abs=0.1)
        for kind in ("alignment", "normalized_alignment"):
            parts = [line[kind] for line in lines if line[kind]]
            assert len(parts) == 2
            assert {key: [item for part in parts for item in part[key]] for key in parts[0]} == whole[kind]


async def test_wishes(served: Served) -> None:
    async def said(**more: Any) -> httpx.Response:
        params = {"output_format": "pcm_24000"}
        return await served.client.post(ANN, params=params, json={"text": "Hello there.", "seed": 7, **more})

    slow, fast = await said(voice_settings={"speed": 0.5}), await said(voice_settings={"speed": 2})
    assert len(slow.content) == pytest.approx(4 * len(fast.content), rel=0.05)
    assert np.array_equal((await said()).content, (await said()).content)
    rest = {
        "voice_settings": {"stability": 0.5, "similarity_boost": 0.75, "speed": None},
        "previous_text": "Before.",
        "next_text": None,
        "language_code": "fr",
    }
    taken = await said(**rest)
    assert taken.headers["x-ignored-fields"] == (
        "language_code, previous_text, voice_settings.similarity_boost, voice_settings.stability"
    )
    assert taken.content == (await said()).content
    assert (await served.client.post("/v1/text-to-speech/alloy", json={"text": "Hi."})).headers["x-voice"] == "ann"


@pytest.mark.parametrize(
    ("path", "body", "status", "code", "param"),
    [
        ("/v1/text-to-speech/nobody", {"text": "Hi."}, 404, "voice_not_found", "voice_id"),
        ("/v1/text-to-speech/..%2Fann", {"text": "Hi."}, 404, "not_found", None),
        (f"{ANN}/stream", {"text": ""}, 422, "nothing_to_say", "text"),
        (f"{ANN}/with-timestamps", {}, 422, "invalid_value", "text"),
        (ANN, {"text": "Hi.", "model_id": "whisper"}, 404, "model_not_found", "model_id"),
        (ANN, {"text": "Hi.", "voice_settings": {"speed": 9}}, 422, "invalid_value", "voice_settings"),
        (ANN, {"text": "Hi.", "seed": -1}, 422, "invalid_value", "seed"),
        (f"{ANN}?output_format=ulaw_8000", {"text": "Hi."}, 422, "invalid_value", "output_format"),
    ],
)
async def test_errors_are_told_in_both_shapes(
    served: Served, path: str, body: dict[str, Any], status: int, code: str, param: str | None
) -> None:
    response = await served.client.post(path, json=body)
    told = response.json()
    assert response.status_code == status
    assert (told["error"]["code"], told["error"]["param"]) == (code, param)
    assert told["detail"] == {"status": code, "message": told["error"]["message"]}
    if param == "output_format":
        assert "pcm_24000" in told["detail"]["message"]


async def test_voices(served: Served) -> None:
    listed = (await served.client.get("/v1/voices")).json()["voices"]
    assert [(voice["voice_id"], voice["category"], voice["labels"]) for voice in listed] == [
        ("ann", "cloned", {"language": "en"}),
        ("mei", "cloned", {"language": "zh"}),
    ]
    assert (await served.client.get("/v1/voices/mei")).json() == listed[1]
    missing = await served.client.get("/v1/voices/nobody")
    assert missing.status_code == 404
    assert missing.json()["detail"]["status"] == "voice_not_found"
