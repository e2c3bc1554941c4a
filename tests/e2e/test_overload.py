"""More than can be done, and a worker that is killed again and again: everybody is answered, and it ends well."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from pathlib import Path

import httpx
import pytest

from tests.api.server import Served, error_of, listening
from tests.fakes import FakeFactory
from tests.serving.running import until

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

MAX_WAIT = 2.0


async def ask(served: Served, n: int, client: str = "all") -> httpx.Response:
    body = {"text": f"Message number {n} of many.", "room": client}
    return await served.client.post("/tts", json=body)


def told(response: httpx.Response) -> float:
    assert response.status_code == 429, response.text
    assert error_of(response)["code"] == "queue_full"
    return float(response.headers["retry-after"])


async def test_at_three_times_capacity_all_are_answered_and_the_queue_stays_short(tmp_path: Path) -> None:
    """A text takes the fake 0.16 s, one at a time; 20 arrive each second. Those refused come back when told."""
    factory = FakeFactory(step_seconds=0.02, max_batch=1)
    async with listening(tmp_path, factory, queue={"max_wait": MAX_WAIT}, synthesis={"nfe_step": 8}) as served:
        deepest, refused, done = 0, 0, Counter[int]()

        async def visit(n: int) -> None:
            nonlocal refused
            for _ in range(12):
                response = await ask(served, n)
                if response.status_code == 200:
                    break
                refused += 1
                await asyncio.sleep(told(response))
            done[response.status_code] += 1

        visits = []
        for n in range(100):
            visits.append(asyncio.create_task(visit(n)))
            await asyncio.sleep(0.05)
            status = served.worker.status()
            deepest = max(deepest, status.queued + status.running)
        async with asyncio.timeout(120):
            await asyncio.gather(*visits)
        assert done == {200: 100}
        assert refused > 10
        assert deepest < 60
        await served.idle()
        assert served.worker.status().queued_seconds == 0
        assert (await served.client.get("/healthz")).status_code == 200


async def test_a_flood_keeps_a_polite_client_waiting_for_no_more_than_what_runs(tmp_path: Path) -> None:
    factory = FakeFactory(step_seconds=0.02, max_batch=1)
    async with listening(tmp_path, factory, queue={"max_wait": 600}, synthesis={"nfe_step": 8}) as served:
        answered: list[str] = []

        async def say(n: int, room: str) -> None:
            assert (await ask(served, n, room)).status_code == 200
            answered.append(room)

        flood = [asyncio.create_task(say(n, "flood")) for n in range(40)]
        await until(lambda: len(answered) >= 2)
        for n in range(5):
            before = len(answered)
            await say(100 + n, "polite")
            assert len(answered) - before <= 4, "its own, the one that ran, one turn of the flood; one more on its way"
        async with asyncio.timeout(60):
            await asyncio.gather(*flood)


async def test_a_worker_killed_ten_times_under_load_leaves_nobody_hanging(tmp_path: Path) -> None:
    factory = FakeFactory(step_seconds=0.02)
    async with listening(tmp_path, factory, queue={"max_wait": 60}) as served:
        answers, over = Counter[str](), False

        async def client(name: int) -> None:
            n = 0
            while not over:
                n += 1
                response = await ask(served, 1000 * name + n)
                answers["ok" if response.status_code == 200 else error_of(response)["code"]] += 1
                if response.status_code == 200:
                    assert len(response.content) > 1000
                else:
                    await asyncio.sleep(0.05)

        clients = [asyncio.create_task(client(name)) for name in range(6)]
        for kill in range(10):
            before = answers["ok"]
            await until(lambda before=before: answers["ok"] > before and served.worker.status().running)
            pid = served.worker.status().pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            await until(lambda kill=kill: served.worker.status().restarts > kill)
        await until(lambda: served.worker.status().state == "ready")
        before = answers["ok"]
        await until(lambda: answers["ok"] > before + 10)
        over = True
        async with asyncio.timeout(60):
            await asyncio.gather(*clients)
        assert set(answers) <= {"ok", "worker_lost", "not_ready"}
        assert served.worker.status().restarts == 10
        await served.idle()
        assert (await served.client.get("/readyz")).status_code == 200
