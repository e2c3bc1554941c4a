from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from typing import Any

import httpx
import pytest
from httpx_sse import ServerSentEvent, aconnect_sse

from ishowtts.serving.channel import SPAWN
from tests.api.server import TWO, Served, error_of, listening
from tests.fakes import ERROR, FakeFactory
from tests.serving.running import PATIENCE

pytestmark = pytest.mark.anyio


async def events_of(served: Served, body: dict[str, Any], **more: Any) -> list[ServerSentEvent]:
    async with (
        asyncio.timeout(PATIENCE),
        aconnect_sse(served.client, "POST", "/tts", json=body, **more) as source,
    ):
        assert source.response.status_code == 200
        return [event async for event in source.aiter_sse()]


async def test_the_events_are_the_whole_file_in_order(tmp_path: Path) -> None:
    async with listening(tmp_path) as served:
        ids = {"X-Request-ID": "stream-1"}
        events = await events_of(served, {"text": TWO, "seed": 3, "stream": "sse"}, headers=ids)
        kinds = [event.event for event in events]
        meta, audio, done = events[0].json(), [e.json() for e in events[1:-1]], events[-1].json()
        assert kinds == ["meta", *["audio"] * len(audio), "done"]
        assert [event.id for event in events] == [str(n + 1) for n in range(len(events))]

        assert (meta["request_id"], meta["voice"], meta["seed"]) == ("stream-1", "ann", 3)
        assert (meta["sample_rate"], meta["encoding"], meta["channels"]) == (24_000, "pcm_s16le", 1)
        assert meta["segments"] == len(meta["texts"]) == len(audio) > 1
        assert [event["seq"] for event in audio] == list(range(len(audio)))
        assert [event["text"] for event in audio] == meta["texts"]
        clock = 0.0
        sound = b""
        for event in audio:
            pcm = base64.b64decode(event["audio"])
            assert event["t0"] == pytest.approx(clock, abs=1e-5)
            assert event["duration"] == pytest.approx(len(pcm) / 48_000, abs=1e-5)
            clock += len(pcm) / 48_000
            sound += pcm
        assert done["audio_seconds"] == pytest.approx(clock, abs=1e-5)
        assert 0 < done["first_audio_seconds"] <= done["queue_seconds"] + done["synthesis_seconds"] + 1e-5
        assert done["rtf"] == pytest.approx(done["synthesis_seconds"] / done["audio_seconds"], abs=1e-3)

        whole = await served.client.post("/tts", json={"text": TWO, "seed": 3, "format": "pcm"})
        assert whole.content == sound


async def test_every_way_to_ask_for_events(tmp_path: Path) -> None:
    async with listening(tmp_path) as served:
        accept = {"Accept": "text/html, text/event-stream;q=0.9"}
        for method, url, body, headers, streamed in [
            ("POST", "/tts", {"text": "Hi.", "stream": True}, {}, True),
            ("POST", "/tts?stream", {"text": "Hi."}, {}, True),
            ("POST", "/tts?stream=sse", {"text": "Hi."}, {}, True),
            ("POST", "/tts", {"text": "Hi."}, accept, True),
            ("GET", "/tts?text=Hi.&stream=1", None, {}, True),
            ("GET", "/tts?text=Hi.", None, accept, True),
            ("POST", "/tts?stream", {"text": "Hi.", "stream": False}, accept, False),
            ("POST", "/tts", {"text": "Hi."}, {"Accept": "*/*"}, False),
        ]:
            response = await served.client.request(method, url, json=body, headers=headers)
            kind = response.headers["content-type"].partition(";")[0]
            assert (response.status_code, kind) == (200, "text/event-stream" if streamed else "audio/wav"), url
            if streamed:
                assert response.headers["cache-control"] == "no-store"
                assert {"x-seed", "x-voice", "x-request-id", "server-timing"} <= set(response.headers)


async def test_sound_leaves_before_the_last_segment_is_made(tmp_path: Path) -> None:
    gate, steps = SPAWN.Semaphore(0), tmp_path / "steps"
    factory = FakeFactory(max_batch=1, gate=gate, steps_file=steps)
    async with listening(tmp_path, factory) as served:
        for _ in range(4):  # enough for the first segment only
            gate.release()
        body = {"text": TWO, "nfe_step": 4, "stream": "sse"}
        async with asyncio.timeout(PATIENCE), aconnect_sse(served.client, "POST", "/tts", json=body) as source:
            events = source.aiter_sse()
            assert (await anext(events)).event == "meta"
            first = await anext(events)
            assert first.event == "audio"
            assert first.json()["audio"]
            assert steps.stat().st_size == 4
            for _ in range(4):
                gate.release()
            rest = [event.event async for event in events]
        assert rest == ["audio", "done"]
        assert steps.stat().st_size == 8


async def test_a_late_failure_is_one_error_event_at_the_end(tmp_path: Path) -> None:
    async with listening(tmp_path, FakeFactory(max_batch=1)) as served:
        text = f"A first sentence that is quite fine. And a second, {ERROR}."
        events = await events_of(served, {"text": text, "stream": "sse"})
        assert [event.event for event in events] == ["meta", "audio", "error"]
        last = events[-1].json()
        assert (last["status"], last["error"]["code"]) == (500, "synthesis_failed")
        assert set(last["error"]) == {"message", "type", "code", "param"}


async def test_an_early_failure_is_a_plain_error(tmp_path: Path) -> None:
    async with listening(tmp_path) as served:
        for text, status in [(f"Bad from the start {ERROR}.", 500), ("[refuse] this one.", 422)]:
            response = await served.client.post("/tts", json={"text": text, "stream": "sse"})
            assert response.status_code == status
            error_of(response)


async def test_an_event_source_that_comes_again_is_told_to_stop(tmp_path: Path) -> None:
    async with listening(tmp_path) as served:
        response = await served.client.get("/tts?text=Hi.&stream=sse", headers={"Last-Event-ID": "4"})
        assert (response.status_code, response.content) == (204, b"")


async def test_too_late_after_the_first_sound_is_an_error_event(tmp_path: Path) -> None:
    gate = SPAWN.Semaphore(0)
    for _ in range(4):
        gate.release()
    factory = FakeFactory(max_batch=1, gate=gate)
    async with listening(tmp_path, factory, server={"request_timeout": 1.0}) as served:
        events = await events_of(served, {"text": TWO, "nfe_step": 4, "stream": "sse"})
        assert [event.event for event in events] == ["meta", "audio", "error"]
        assert events[-1].json()["status"] == 504
        gate.release()
        await served.idle()


async def test_shutdown_ends_a_stream_with_an_event(tmp_path: Path) -> None:
    gate = SPAWN.Semaphore(0)
    for _ in range(4):
        gate.release()
    factory = FakeFactory(max_batch=1, gate=gate)
    async with listening(tmp_path, factory, server={"drain_timeout": 1.5}) as served:
        body = {"text": TWO, "nfe_step": 4, "stream": "sse"}
        async with asyncio.timeout(PATIENCE), aconnect_sse(served.client, "POST", "/tts", json=body) as source:
            events = source.aiter_sse()
            assert [(await anext(events)).event for _ in range(2)] == ["meta", "audio"]
            assert served.server is not None
            served.server.should_exit = True
            last = await anext(events)
        assert last.event == "error"
        assert (last.json()["status"], last.json()["error"]["code"]) == (503, "not_ready")
        gate.release()


async def test_a_stream_of_audio_is_a_wav_of_unknown_length(tmp_path: Path) -> None:
    async with listening(tmp_path, FakeFactory(max_batch=1)) as served:
        whole = await served.client.post("/tts", json={"text": TWO, "seed": 1})
        for request in (
            served.client.build_request("POST", "/tts", json={"text": TWO, "seed": 1, "stream": "audio"}),
            served.client.build_request("GET", "/tts", params={"text": TWO, "seed": "1", "stream": "audio"}),
        ):
            response = await served.client.send(request)
            assert response.headers["content-type"] == "audio/wav"
            assert response.headers["transfer-encoding"] == "chunked"
            assert {"x-seed", "x-voice", "x-request-id", "server-timing"} <= set(response.headers)
            assert response.content[4:8] == response.content[40:44] == b"\xff\xff\xff\xff"
            assert response.content[44:] == whole.content[44:]
        pcm = await served.client.post("/tts", json={"text": TWO, "seed": 1, "stream": "audio", "format": "pcm"})
        assert pcm.content == whole.content[44:]

        text = f"A first sentence that is quite fine. And a second, {ERROR}."
        with pytest.raises(httpx.RemoteProtocolError):  # cut, and not ended as if that were all
            await served.client.post("/tts", json={"text": text, "stream": "audio"})
        early = await served.client.post("/tts", json={"text": f"Bad at once {ERROR}.", "stream": "audio"})
        assert early.status_code == 500
        error_of(early)
