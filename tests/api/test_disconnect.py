from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.api.server import TWO, Served, listening
from tests.fakes import FakeFactory
from tests.serving.running import PATIENCE, until

pytestmark = pytest.mark.anyio

STEP_SECONDS = 0.05


async def send(served: Served, body: dict[str, object]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A request as bytes, so that the connection is ours to break."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    data = json.dumps(body).encode()
    head = f"POST /tts HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
    writer.write(head.encode() + data)
    await writer.drain()
    return reader, writer


@pytest.mark.parametrize("stream", [False, "sse", "audio"])
async def test_leaving_before_the_first_sound_stops_the_work_within_a_step(
    tmp_path: Path, stream: object, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "ishowtts.access")
    steps = tmp_path / "steps"
    factory = FakeFactory(step_seconds=STEP_SECONDS, steps_file=steps)
    async with listening(tmp_path, factory) as served:
        _, writer = await send(served, {"text": TWO, "nfe_step": 64, "stream": stream})
        await until(steps.exists)
        done = steps.stat().st_size
        jobs = served.worker.status().running
        writer.close()
        await served.idle()
        # The step that runs, and one that may begin while the news travels.
        assert steps.stat().st_size - done <= 3 * jobs
        after = steps.stat().st_size
        assert (await served.client.post("/tts", json={"text": "Next.", "nfe_step": 1})).status_code == 200
        assert steps.stat().st_size == after + 1
    line = next(r.message for r in caplog.records if "status=499" in r.message)
    assert "outcome=client_left" in line


@pytest.mark.parametrize("stream", ["sse", "audio"])
async def test_leaving_in_the_middle_of_a_stream_stops_the_rest(
    tmp_path: Path, stream: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "ishowtts.access")
    steps = tmp_path / "steps"
    factory = FakeFactory(step_seconds=STEP_SECONDS, steps_file=steps, max_batch=1)
    async with listening(tmp_path, factory) as served:
        reader, writer = await send(served, {"text": TWO, "nfe_step": 20, "stream": stream})
        async with asyncio.timeout(PATIENCE):
            assert b"200" in await reader.readline()
            await reader.readuntil(b"\r\n\r\n")
            assert await reader.read(1000)
        writer.close()
        await served.idle()
        assert 20 <= steps.stat().st_size < 30
        await until(lambda: any("outcome=client_left" in r.message for r in caplog.records))


async def test_a_listener_that_does_not_read_is_cut_off(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "ishowtts.access")
    # Long enough for the socket buffers of both sides to fill.
    text = " ".join(f"Sentence number {n} goes on and on for a while." for n in range(60))
    synthesis = {"first_segment_seconds": 30.0, "max_segment_seconds": 30.0}
    for stream in ("sse", "audio"):
        async with listening(
            tmp_path, server={"sse_send_timeout": 0.2}, synthesis=synthesis, queue={"max_jobs": 500}
        ) as served:
            body = {"text": text, "nfe_step": 1, "speed": 0.25, "stream": stream}
            reader, writer = await send(served, body)
            async with asyncio.timeout(PATIENCE):
                assert b"200" in await reader.readline()
                await until(lambda: any("outcome=slow_reader" in r.message for r in caplog.records))
            writer.close()
            await served.idle()
        caplog.clear()
