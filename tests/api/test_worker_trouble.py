from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from ishowtts.serving.channel import SPAWN
from tests.api.server import TWO, error_of, listening, serving
from tests.fakes import CRASH, FakeFactory
from tests.serving.running import until

pytestmark = pytest.mark.anyio


async def test_kill_9_in_mid_request_is_survived_and_the_request_too(tmp_path: Path) -> None:
    steps = tmp_path / "steps"
    factory = FakeFactory(step_seconds=0.03, steps_file=steps)
    async with listening(tmp_path, factory) as served:
        expected = (await served.client.post("/tts", json={"text": TWO, "seed": 1, "nfe_step": 2})).content
        before = steps.stat().st_size
        request = asyncio.create_task(served.client.post("/tts", json={"text": TWO, "seed": 1, "nfe_step": 20}))
        await until(lambda: steps.stat().st_size > before)
        pid = served.worker.status().pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await until(lambda: served.worker.status().state == "restarting")
        assert (await served.client.get("/healthz")).status_code == 200
        ready = await served.client.get("/readyz")
        assert ready.status_code == 503
        assert ready.json()["status"] == "restarting"
        response = await request
        assert response.status_code == 200
        assert response.content == expected
        assert (await served.client.get("/readyz")).json()["restarts"] == 1


async def test_a_text_that_kills_every_worker_fails_clearly_and_the_next_one_works(tmp_path: Path) -> None:
    async with listening(tmp_path, queue={"retries": 0}) as served:
        response = await served.client.post("/tts", json={"text": f"Boom {CRASH}."})
        assert response.status_code == 503
        assert error_of(response)["code"] == "worker_lost"
        assert (await served.client.post("/tts", json={"text": "Hello."})).status_code == 200


async def test_a_full_queue_is_429_with_a_time_to_come_again(tmp_path: Path) -> None:
    gate = SPAWN.Semaphore(0)
    async with serving(tmp_path, FakeFactory(gate=gate), queue={"max_jobs": 1}) as served:
        first = asyncio.create_task(served.client.post("/tts", json={"text": "Hello.", "nfe_step": 2}))
        await until(lambda: served.worker.status().running)
        for wish in ({}, {"stream": "sse"}, {"stream": "audio"}):
            response = await served.client.post("/tts", json={"text": "Hello.", **wish})
            assert response.status_code == 429
            assert int(response.headers["retry-after"]) >= 1
            assert error_of(response)["type"] == "rate_limit_error"
        queue = (await served.client.get("/readyz")).json()["queue"]
        assert queue == {"queued": 0, "running": 1, "max_jobs": 1}
        for _ in range(2):
            gate.release()
        assert (await first).status_code == 200


async def test_a_request_that_takes_too_long_is_504_and_its_work_stops(tmp_path: Path) -> None:
    factory = FakeFactory(step_seconds=0.05)
    async with serving(tmp_path, factory, server={"request_timeout": 0.3}) as served:
        for wish in ({}, {"stream": "sse"}, {"stream": "audio"}):
            response = await served.client.post("/tts", json={"text": "Hello.", "nfe_step": 64, **wish})
            assert response.status_code == 504
            assert error_of(response)["code"] == "deadline_exceeded"
            await served.idle()
