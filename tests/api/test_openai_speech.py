"""Spoken to by OpenAI's own client, over a socket."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import openai
import pytest
from openai import AsyncOpenAI, AsyncStream, OpenAI

from ishowtts.audio.decode import decode
from ishowtts.audio.encode import FORMATS
from tests.api.server import TWO, Served, error_of, listening, serving
from tests.fakes import ERROR, FakeFactory
from tests.serving.running import until

pytestmark = pytest.mark.anyio


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with listening(tmp_path) as served:
        yield served


def client_of(served: Served) -> AsyncOpenAI:
    return AsyncOpenAI(base_url=f"http://127.0.0.1:{served.port}/v1", api_key="anything", max_retries=0)


def sound_of(data: bytes, format: str) -> np.ndarray:
    return np.frombuffer(data, "<i2") / 32768 if format == "pcm" else decode(data, 24_000)


async def events_of(client: AsyncOpenAI, **body: Any) -> list[dict[str, Any]]:
    stream = await client.post(
        "/audio/speech",
        body={"model": "tts-1", "stream_format": "sse", **body},
        cast_to=object,
        stream=True,
        stream_cls=AsyncStream[object],
    )
    return [dict(event) async for event in stream]  # type: ignore[call-overload]


async def test_every_format_streamed_and_read_back(served: Served) -> None:
    async with client_of(served) as client:
        lengths = {}
        for format in FORMATS:
            async with client.audio.speech.with_streaming_response.create(
                model="tts-1", voice="alloy", input=TWO, response_format=format, extra_body={"seed": 7}
            ) as response:
                assert "content-length" not in response.headers
                data = b"".join([piece async for piece in response.iter_bytes()])
            lengths[format] = len(sound_of(data, format))
        true = lengths["pcm"]
        assert true / 24_000 == pytest.approx(0.06 * len(TWO), rel=0.1)
        assert all(length == pytest.approx(true, abs=2400) for length in lengths.values()), lengths


async def test_the_client_that_waits_gets_mp3_and_may_ask_for_a_whole_file(served: Served) -> None:
    def speak(**extra: Any) -> openai.HttpxBinaryResponseContent:
        with OpenAI(base_url=f"http://127.0.0.1:{served.port}/v1", api_key="x", max_retries=0) as client:
            return client.audio.speech.create(model="gpt-4o-mini-tts", voice="ann", input="Hello.", **extra)

    spoken = await asyncio.to_thread(speak)
    assert spoken.response.headers["content-type"] == "audio/mpeg"
    assert len(decode(spoken.content, 24_000)) > 2400
    whole = await asyncio.to_thread(speak, response_format="wav", extra_body={"stream": False})
    assert int(whole.response.headers["content-length"]) == len(whole.content)
    assert int.from_bytes(whole.content[4:8], "little") == len(whole.content) - 8


async def test_what_is_asked_for_reaches_the_engine(served: Served) -> None:
    async with client_of(served) as client:

        async def seconds(**wishes: Any) -> float:
            said = await client.audio.speech.with_raw_response.create(
                model="tts-1-hd-1106", voice="ann", input="Hello there.", response_format="pcm", **wishes
            )
            assert said.request_id
            return len(said.content) / 48_000

        assert await seconds(speed=0.5) == pytest.approx(4 * await seconds(speed=2.0), rel=0.05)
        first, second = [
            await client.audio.speech.create(
                model="tts-1", voice="ann", input="Hello.", response_format="pcm", extra_body={"seed": 3, "nfe_step": 2}
            )
            for _ in range(2)
        ]
        assert first.content == second.content


@pytest.mark.parametrize(
    ("body", "voice"),
    [
        ({"voice": "ann"}, "ann"),
        ({"voice": {"id": "mei"}}, "mei"),
        ({}, "ann"),
        ({"input": "欢迎来到直播间。"}, "mei"),
        ({"language": "zh-CN"}, "mei"),
        # As the table has it, by the language of the text; ids that are not there fall back to the default voice.
        ({"voice": "alloy"}, "mei"),
        ({"voice": "alloy", "input": "欢迎来到直播间。"}, "ann"),
        ({"voice": "alloy", "language": "zh"}, "ann"),
        ({"voice": "onyx"}, "ann"),
        ({"voice": "onyx", "input": "欢迎来到直播间。"}, "mei"),
    ],
)
async def test_whose_voice_it_is(tmp_path: Path, body: dict[str, Any], voice: str) -> None:
    async with serving(tmp_path, openai_voices={"alloy": {"en": "mei", "zh": "ann"}}) as served:
        response = await served.client.post("/v1/audio/speech", json={"input": "Hello.", "model": "tts-1", **body})
        assert (response.status_code, response.headers["x-voice"]) == (200, voice)


async def test_events(served: Served) -> None:
    async with client_of(served) as client:
        for format in ("pcm", "mp3", "opus"):
            events = await events_of(client, voice="ann", input=TWO, response_format=format)
            *deltas, done = events
            assert {event["type"] for event in deltas} == {"speech.audio.delta"}
            assert len(deltas) >= 2
            sound = sound_of(b"".join(base64.b64decode(event["audio"]) for event in deltas), format)
            assert done["type"] == "speech.audio.done"
            usage = done["usage"]
            assert usage["input_tokens"] == len(TWO)
            assert usage["output_tokens"] == pytest.approx(93.75 * len(sound) / 24_000, abs=10)
            assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    body = {"input": "Hello.", "stream_format": "sse"}
    lines = (await served.client.post("/v1/audio/speech", json=body)).text.splitlines()
    assert "event: speech.audio.delta" in lines
    assert [line for line in lines if line.startswith("data:")][-1] == "data: [DONE]"


async def test_an_error_after_the_first_sound_reaches_the_client_as_one(tmp_path: Path) -> None:
    async with listening(tmp_path, FakeFactory(max_batch=1)) as served, client_of(served) as client:
        text = f"A first sentence that is fine, and long enough. A bad one {ERROR}."
        with pytest.raises(openai.APIError) as caught:
            await events_of(client, voice="ann", input=text)
        assert caught.value.code == "synthesis_failed"
        assert not isinstance(caught.value, openai.APIStatusError)
        with pytest.raises(openai.APIConnectionError):  # cut off: never a clean end
            await client.audio.speech.create(model="tts-1", voice="ann", input=text)


WRONG: list[tuple[dict[str, Any], type[openai.APIStatusError], str, str]] = [
    ({"model": "whisper-1"}, openai.NotFoundError, "model_not_found", "model"),
    ({"voice": "nobody"}, openai.NotFoundError, "voice_not_found", "voice"),
    ({"voice": {"id": "anne"}}, openai.NotFoundError, "voice_not_found", "voice"),
    ({"voice": {"name": "ann"}}, openai.BadRequestError, "invalid_value", "voice"),
    ({"voice": 7}, openai.BadRequestError, "invalid_value", "voice"),
    ({"input": ""}, openai.BadRequestError, "nothing_to_say", "input"),
    ({"input": "a\0b"}, openai.BadRequestError, "invalid_value", "input"),
    ({"input": "a" * 4097}, openai.BadRequestError, "invalid_value", "input"),
    ({"input": "字" * 101}, openai.BadRequestError, "text_too_long", "input"),
    ({"input": None}, openai.BadRequestError, "invalid_value", "input"),
    ({"speed": 5}, openai.BadRequestError, "invalid_value", "speed"),
    ({"response_format": "ogg"}, openai.BadRequestError, "invalid_value", "response_format"),
    ({"stream_format": "chunks"}, openai.BadRequestError, "invalid_value", "stream_format"),
    ({"language": "fr"}, openai.BadRequestError, "invalid_value", "language"),
    ({"nfe_step": 10**9}, openai.BadRequestError, "invalid_value", "nfe_step"),
    ({"fix_duration": 3.0, "input": "One. " * 20}, openai.BadRequestError, "invalid_value", "fix_duration"),
]


async def test_typed_errors(tmp_path: Path) -> None:
    async with listening(tmp_path, server={"max_text_chars": 100}) as served, client_of(served) as client:
        for body, kind, code, param in WRONG:
            wished = {"model": "tts-1", "voice": "ann", "input": "Hello.", **body}
            with pytest.raises(kind) as caught:
                await client.audio.speech.create(model="-", voice="-", input="-", extra_body=wished)
            error = caught.value
            assert (error.code, error.param, error.type) == (code, param, "invalid_request_error"), body
            assert error.request_id == error.response.headers["x-request-id"]
            assert "`text`" not in error.message


async def test_a_full_queue_is_a_rate_limit_error_that_says_when_to_come_again(tmp_path: Path) -> None:
    factory = FakeFactory(step_seconds=0.05, max_batch=1)
    async with listening(tmp_path, factory, queue={"max_jobs": 2}) as served, client_of(served) as client:
        wished: dict[str, Any] = {"model": "tts-1", "voice": "ann", "extra_body": {"nfe_step": 32}}
        others = [asyncio.create_task(client.audio.speech.create(input=text, **wished)) for text in ("One.", "Two.")]
        await until(lambda: served.worker.status().queued + served.worker.status().running == 2)
        with pytest.raises(openai.RateLimitError) as caught:
            await client.audio.speech.create(input="Too much.", **wished)
        assert caught.value.code == "queue_full"
        assert int(caught.value.response.headers["retry-after"]) >= 1
        await asyncio.gather(*others)


async def test_no_retry_is_wasted_on_what_will_not_change(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "ishowtts.access")
    async with client_of(served).with_options(max_retries=3) as client:
        for wrong in ({"model": "whisper-1"}, {"voice": "nobody"}, {"input": ""}):
            with pytest.raises(openai.APIStatusError):
                await client.audio.speech.create(**{"model": "tts-1", "voice": "ann", "input": "Hi.", **wrong})
    assert sum('path="/v1/audio/speech"' in record.message for record in caplog.records) == 3


async def test_leaving_in_the_middle_stops_the_work(tmp_path: Path) -> None:
    steps = tmp_path / "steps"
    factory = FakeFactory(step_seconds=0.02, steps_file=steps, max_batch=1)
    async with listening(tmp_path, factory) as served, client_of(served) as client:
        async with client.audio.speech.with_streaming_response.create(
            model="tts-1", voice="ann", input=TWO * 4, response_format="pcm", extra_body={"nfe_step": 20}
        ) as response:
            assert await anext(response.iter_bytes(1000))
        await served.idle()
        assert 20 <= steps.stat().st_size < 60


async def test_what_does_nothing_is_taken_and_named(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        wished = {"input": "Hello.", "instructions": "Whisper.", "backend": "x", "speed": None, "a\nb": 1}
        for more in ({}, {"stream": False}, {"stream_format": "sse"}):
            response = await served.client.post(
                "/v1/audio/speech", json=wished | more, headers={"Accept": "application/octet-stream"}
            )
            assert response.status_code == 200
            assert response.headers["x-ignored-fields"] == "backend, instructions"
        silent = await served.client.post("/v1/audio/speech", json={"input": "Hello."})
        assert "x-ignored-fields" not in silent.headers


async def test_what_is_not_json_is_a_bad_request(tmp_path: Path) -> None:
    async with serving(tmp_path, wait=False) as served:
        for content in (b"{", b"[]", b"", b"[" * 60_000):
            response = await served.client.post("/v1/audio/speech", content=content)
            assert response.status_code == 400
            error_of(response)
        early = await served.client.post("/v1/audio/speech", json={"input": "Hello."})
        assert early.status_code in (200, 503)
