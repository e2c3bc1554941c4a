from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from ishowtts.errors import Cancelled
from ishowtts.serving.cancel import CancelToken
from ishowtts.serving.worker import Synthesised
from tests.fakes import FakeFactory, fake_job
from tests.serving.running import PATIENCE, running, until


def test_a_token_trips_once_and_for_good() -> None:
    token, calls = CancelToken(), []
    token.on_cancel(lambda: calls.append("called"))
    token.raise_if_cancelled()
    assert not token.cancelled
    token.cancel("first")
    token.cancel("second")
    assert (token.cancelled, token.reason, calls) == (True, "first", ["called"])
    with pytest.raises(Cancelled, match="first"):
        token.raise_if_cancelled()


def test_a_late_listener_is_called_at_once_and_a_forgotten_one_never() -> None:
    token, calls = CancelToken(), []
    token.on_cancel(lambda: calls.append("forgotten"))()
    token.cancel()
    token.on_cancel(lambda: calls.append("late"))()
    assert calls == ["late"]


def test_a_bad_listener_does_not_keep_the_others_from_hearing() -> None:
    token, calls = CancelToken(), []

    def bad() -> None:
        raise RuntimeError("bad listener")

    token.on_cancel(bad)
    token.on_cancel(lambda: calls.append("good"))
    token.cancel()
    assert calls == ["good"]


@pytest.mark.anyio
@pytest.mark.parametrize("way", ["token", "token from a thread", "task"])
async def test_a_cancelled_job_leaves_the_worker_within_one_step(way: str, tmp_path: Path) -> None:
    steps = tmp_path / "steps"
    steps.touch()

    def count() -> int:
        return steps.stat().st_size

    # A step is long beside the way of a message through the pipe, even on a busy machine.
    async with running(FakeFactory(step_seconds=0.4, steps_file=steps)) as worker:
        token = CancelToken()
        task: asyncio.Task[Synthesised] = asyncio.create_task(worker.submit(fake_job("a", nfe_step=64), token))
        await until(lambda: count() >= 1)
        before = count()
        if way == "task":
            task.cancel()
        elif way == "token":
            token.cancel()
        else:
            threading.Thread(target=token.cancel).start()
        with pytest.raises(asyncio.CancelledError if way == "task" else Cancelled):
            await asyncio.wait_for(task, PATIENCE)
        assert worker.status().running == 1, "its place is taken until the worker has let go"
        await until(lambda: worker.status().running == 0)
        assert count() <= before + 1


@pytest.mark.anyio
async def test_a_job_of_a_cancelled_token_is_not_submitted() -> None:
    async with running() as worker:
        token = CancelToken()
        token.cancel()
        with pytest.raises(Cancelled):
            await worker.submit(fake_job("a"), token)
        assert worker.status().queued == 0


@pytest.mark.anyio
async def test_one_token_cancels_running_and_queued_jobs() -> None:
    async with running(FakeFactory(step_seconds=0.05), max_active=1) as worker:
        token, other = CancelToken(), CancelToken()
        jobs = [worker.submit(fake_job(id, nfe_step=64), token) for id in "abc"]
        tasks = [asyncio.create_task(job) for job in jobs]
        survivor = asyncio.create_task(worker.submit(fake_job("d"), other))
        await until(lambda: worker.status().running == 1)
        assert worker.status().queued == 3
        token.cancel()
        results = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), PATIENCE)
        assert [type(result) for result in results] == [Cancelled] * 3
        assert (await asyncio.wait_for(survivor, PATIENCE)).steps == 4
        await until(lambda: worker.status().running + worker.status().queued == 0)
