from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from ishowtts.errors import (
    CheckpointError,
    DeadlineExceeded,
    NothingToSay,
    NotReady,
    QueueFull,
    SpeechError,
    SynthesisFailed,
    WorkerLost,
)
from ishowtts.serving import worker as worker_module
from ishowtts.serving.cancel import CancelToken
from ishowtts.serving.channel import SPAWN
from ishowtts.serving.worker import Synthesised, Worker
from ishowtts.settings import QueueSettings
from tests.fakes import (
    CRASH,
    CRASH_ONCE,
    DEVICE_LOST,
    ERROR,
    HANG,
    REFUSE,
    SAMPLE_RATE,
    FakeFactory,
    expected_pcm,
    fake_job,
    fake_reference,
)
from tests.serving.running import PATIENCE, alive, deaf_to, running, until

pytestmark = pytest.mark.anyio


async def speak(worker: Worker, id: str, text: str = "Hello there.", nfe_step: int = 4) -> Synthesised:
    async with asyncio.timeout(PATIENCE):
        return await worker.submit(fake_job(id, text, nfe_step), CancelToken())


async def test_jobs_come_back_as_sound_each_its_own() -> None:
    async with running() as worker:
        texts = {f"job-{n}": "la " * n for n in range(1, 9)}
        results = await asyncio.gather(*(speak(worker, id, text) for id, text in texts.items()))
        for (id, text), result in zip(texts.items(), results, strict=True):
            np.testing.assert_array_equal(result.pcm, expected_pcm(fake_job(id, text)))
            assert (result.sample_rate, result.steps, result.worker_restarts) == (SAMPLE_RATE, 4, 0)
            assert result.queue_seconds >= 0
            assert result.synthesis_seconds > 0
        with pytest.raises(SynthesisFailed) as caught:
            await speak(worker, "bad", f"secret {ERROR}")
        assert "secret" not in str(caught.value)
        with pytest.raises(NothingToSay) as refused:
            await speak(worker, "refused", REFUSE)
        assert refused.value.param == "text"
        with pytest.raises(DeadlineExceeded):
            await worker.submit(fake_job("late"), CancelToken(), deadline=time.monotonic() - 1)
        status = worker.status()
        assert (status.state, status.queued, status.running, status.restarts) == ("ready", 0, 0, 0)


async def test_loading_is_told_and_refuses_jobs() -> None:
    worker = Worker(QueueSettings(), FakeFactory(load_seconds=0.5), warm_references=[fake_reference("v")])
    with pytest.raises(NotReady):
        await speak(worker, "too early")
    await worker.start()
    try:
        assert worker.status().state == "starting"
        with pytest.raises(NotReady):
            await speak(worker, "early")
        await until(lambda: worker.status().stage == "loading the fake")
        assert worker.status().state == "loading"
        assert 0 < worker.status().fraction < 1
        await asyncio.wait_for(worker.wait_ready(), PATIENCE)
        status = worker.status()
        assert (status.state, status.fraction) == ("ready", 1.0)
        assert status.info["model"] == "fake"
        assert status.info["sample_rate"] == SAMPLE_RATE
        assert (await speak(worker, "a")).steps == 4
        with pytest.raises(RuntimeError):
            await worker.start()
    finally:
        await worker.stop()


async def test_a_killed_worker_is_replaced_and_its_job_retried(tmp_path: Path) -> None:
    steps = tmp_path / "steps"
    async with running(FakeFactory(step_seconds=0.05, steps_file=steps), max_active=1) as worker:
        task = asyncio.create_task(speak(worker, "a", nfe_step=20))
        queued = asyncio.create_task(speak(worker, "b"))
        await until(lambda: steps.exists() and worker.status().running)
        pid = worker.status().pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await until(lambda: worker.status().state == "restarting")
        assert "SIGKILL" in (worker.status().last_error or "")
        meanwhile = asyncio.create_task(speak(worker, "c"))
        result = await task
        assert result.worker_restarts == 1
        np.testing.assert_array_equal(result.pcm, expected_pcm(fake_job("a")))
        assert (await queued).worker_restarts == 0
        assert (await meanwhile).worker_restarts == 0
        assert (worker.status().state, worker.status().restarts) == ("ready", 1)
        assert not alive(pid)


async def test_a_job_that_always_crashes_is_lost_and_its_company_is_not() -> None:
    async with running(FakeFactory(step_seconds=0.01)) as worker:
        jobs = {"mate": "One.", "killer": CRASH, "third": "Three."}
        results = await asyncio.gather(*(speak(worker, id, text) for id, text in jobs.items()), return_exceptions=True)
        assert isinstance(results[0], Synthesised)
        assert isinstance(results[1], WorkerLost)
        assert isinstance(results[2], Synthesised)
        assert "exit code 3" in (worker.status().last_error or "")
        assert (await speak(worker, "after")).worker_restarts == 0


async def test_a_job_that_crashes_once_is_spoken(tmp_path: Path) -> None:
    async with running(FakeFactory(marker=tmp_path / "crashed")) as worker:
        assert (await speak(worker, "a", CRASH_ONCE)).worker_restarts == 1


@pytest.mark.parametrize(("text", "reason"), [(HANG, "did nothing for 1 s"), (DEVICE_LOST, "exit code 1")])
async def test_a_hung_worker_and_a_lost_device_are_replaced(text: str, reason: str) -> None:
    async with running(hang_timeout=1.0, retries=0) as worker:
        with pytest.raises(WorkerLost):
            await speak(worker, "a", text)
        assert reason in (worker.status().last_error or "")
        assert (await speak(worker, "b")).steps == 4


async def test_a_slow_but_living_worker_is_not_taken_for_hung() -> None:
    async with running(FakeFactory(step_seconds=0.1), hang_timeout=1.0) as worker:
        assert (await speak(worker, "a", nfe_step=15)).worker_restarts == 0
        assert worker.status().restarts == 0


async def test_a_full_queue_refuses_with_a_time_to_come_back() -> None:
    gate = SPAWN.Semaphore(0)
    async with running(FakeFactory(gate=gate, max_batch=1), max_jobs=2) as worker:
        tasks = [asyncio.create_task(speak(worker, id)) for id in "ab"]
        await until(lambda: worker.status().running == 1)
        assert worker.status().queued == 1
        with pytest.raises(QueueFull) as caught:
            await speak(worker, "c")
        assert caught.value.retry_after is not None
        assert caught.value.retry_after >= 1
        for _ in range(12):
            gate.release()
        await asyncio.gather(*tasks)
        assert (await speak(worker, "c")).steps == 4


async def test_a_model_that_cannot_be_loaded_is_told_and_not_tried_again() -> None:
    async with running(FakeFactory(fail="weights.safetensors has no tensor a.b.c"), wait=False) as worker:
        with pytest.raises(CheckpointError, match="no tensor"):
            await asyncio.wait_for(worker.wait_ready(), PATIENCE)
        status = worker.status()
        assert (status.state, status.restarts) == ("failed", 0)
        assert "no tensor a.b.c" in (status.last_error or "")
        with pytest.raises(NotReady):
            await speak(worker, "a")


def raises_key_error(progress: object) -> FakeFactory:
    raise KeyError("layers")


async def test_any_exception_while_loading_is_readable() -> None:
    async with running(raises_key_error, wait=False) as worker:
        with pytest.raises(SpeechError, match="KeyError: 'layers'"):
            await asyncio.wait_for(worker.wait_ready(), PATIENCE)


@pytest.mark.parametrize(
    ("factory", "loads", "load_timeout", "reason"),
    [
        (FakeFactory(die=True), 2, 60, "exit code 4"),
        (FakeFactory(load_seconds=3600), 1, 1.0, "did not load within 1 s"),
        (lambda progress: FakeFactory()(progress), 1, 60, "could not be started"),  # a lambda cannot be pickled
    ],
    ids=["dies", "takes too long", "cannot be sent"],
)
async def test_a_worker_that_never_gets_ready_fails(
    factory: FakeFactory, loads: int, load_timeout: float, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "MAX_FAILED_LOADS", loads)
    async with running(factory, wait=False, load_timeout=load_timeout) as worker:
        with pytest.raises(WorkerLost, match=reason):
            await asyncio.wait_for(worker.wait_ready(), PATIENCE)
        assert (worker.status().state, worker.status().restarts) == ("failed", loads - 1)


async def test_a_replacement_that_cannot_load_yet_is_tried_again_and_the_job_waits(tmp_path: Path) -> None:
    obstacle = tmp_path / "obstacle"
    async with running(FakeFactory(step_seconds=0.05, obstacle=obstacle)) as worker:
        task = asyncio.create_task(speak(worker, "a", nfe_step=20))
        await until(lambda: worker.status().running)
        obstacle.touch()
        os.kill(worker.status().pid or 0, signal.SIGKILL)
        await until(lambda: "an obstacle" in (worker.status().last_error or ""))
        assert worker.status().state == "restarting"
        with pytest.raises(NotReady) as caught:
            await speak(worker, "b")
        assert caught.value.retry_after is not None
        obstacle.unlink()
        assert (await task).worker_restarts == 1
        assert worker.status().state == "ready"


async def test_a_replacement_whose_weights_are_gone_is_the_end(tmp_path: Path) -> None:
    obstacle = tmp_path / "obstacle"
    async with running(FakeFactory(step_seconds=0.05, obstacle=obstacle)) as worker:
        task = asyncio.create_task(speak(worker, "a", nfe_step=20))
        await until(lambda: worker.status().running)
        obstacle.write_text("final")
        os.kill(worker.status().pid or 0, signal.SIGKILL)
        with pytest.raises(WorkerLost):
            await task
        assert worker.status().state == "failed"


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="reads /proc")
async def test_no_signal_can_hit_the_worker_while_it_starts() -> None:
    wanted = sum(1 << (number - 1) for number in (signal.SIGINT, signal.SIGTERM))
    async with running(wait=False) as worker:
        await until(lambda: worker.status().pid)
        seen = 0
        while worker.status().state != "ready":
            assert deaf_to(worker.status().pid or 0) & wanted == wanted
            seen += 1
            await asyncio.sleep(0.002)
        assert seen


async def test_signals_to_the_process_group_do_not_end_the_worker() -> None:
    async with running() as worker:
        pid = worker.status().pid
        assert pid is not None
        os.kill(pid, signal.SIGINT)
        os.kill(pid, signal.SIGTERM)
        assert (await speak(worker, "a")).worker_restarts == 0
        assert worker.status().pid == pid


async def test_stop_lets_jobs_finish_and_takes_no_more() -> None:
    async with running(FakeFactory(step_seconds=0.05)) as worker:
        pid = worker.status().pid
        assert pid is not None
        task = asyncio.create_task(speak(worker, "a", nfe_step=10))
        await until(lambda: worker.status().running == 1)
        stopping = asyncio.create_task(worker.stop(timeout=PATIENCE))
        await asyncio.sleep(0)
        with pytest.raises(NotReady):
            await speak(worker, "b")
        assert (await task).steps == 10
        await stopping
        assert worker.status().state == "stopped"
        assert not alive(pid)
        await until(lambda: not [t for t in threading.enumerate() if t.name.startswith("ishowtts-worker")])
        with pytest.raises(NotReady):
            await worker.wait_ready()


async def test_stop_does_not_wait_longer_than_told_and_may_be_called_again() -> None:
    async with running() as worker:
        pid = worker.status().pid
        assert pid is not None
        task = asyncio.create_task(speak(worker, "a", HANG))
        await until(lambda: worker.status().running == 1)
        patient = asyncio.create_task(worker.stop(timeout=3600))
        await asyncio.sleep(0)
        await worker.stop(timeout=0.01)
        with pytest.raises(NotReady):
            await task
        await asyncio.wait_for(patient, PATIENCE)
        assert not alive(pid)
        await worker.stop()
        assert worker.status().state == "stopped"


async def test_stop_before_start_while_loading_and_while_restarting() -> None:
    never = Worker(QueueSettings(), FakeFactory())
    await never.stop()
    assert never.status().state == "stopped"

    async with running(FakeFactory(load_seconds=3600), wait=False) as worker:
        await worker.stop()  # before there is a process
        assert worker.status().state == "stopped"

    async with running(FakeFactory(load_seconds=3600), wait=False) as worker:
        await until(lambda: worker.status().stage == "loading the fake")
        pid = worker.status().pid
        assert pid is not None
        await worker.stop(timeout=PATIENCE)
        assert not alive(pid)

    async with running() as worker:
        pid = worker.status().pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await until(lambda: worker.status().state == "restarting")
        waiting = asyncio.create_task(speak(worker, "a"))
        await asyncio.sleep(0)
        await worker.stop()
        with pytest.raises(NotReady):
            await waiting


PARENT = """
import asyncio, sys
from ishowtts.serving.cancel import CancelToken
from ishowtts.serving.worker import Worker
from ishowtts.settings import QueueSettings
from tests.fakes import HANG, FakeFactory, fake_job

async def main():
    loading = sys.argv[1] == "loading"
    worker = Worker(QueueSettings(), FakeFactory(load_seconds=3600 if loading else 0))
    await worker.start()
    if loading:
        while worker.status().stage != "loading the fake":
            await asyncio.sleep(0.01)
    else:
        await worker.wait_ready()
        task = asyncio.create_task(worker.submit(fake_job("a", HANG), CancelToken()))
        while not worker.status().running:
            await asyncio.sleep(0.01)
    print(worker.status().pid, flush=True)
    if sys.argv[2] == "killed":
        await asyncio.sleep(3600)

if __name__ == "__main__":
    asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("phase", "way"), [("loading", "killed"), ("in a hung step", "killed"), ("in a hung step", "returns")]
)
async def test_the_worker_ends_with_its_parent(phase: str, way: str, tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    here = Path(__file__).parents[2]
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, script, phase, way),
        env={**os.environ, "PYTHONPATH": f"{here / 'src'}:{here}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    async with asyncio.timeout(PATIENCE):
        assert parent.stdout is not None
        pid = int(await parent.stdout.readline())
        if way == "killed":
            assert alive(pid)
            parent.kill()
        assert await parent.wait() == (-signal.SIGKILL if way == "killed" else 0)
    try:
        await until(lambda: not alive(pid))
    finally:
        with contextlib.suppress(ProcessLookupError):  # leave nothing behind when the test fails
            os.kill(pid, signal.SIGKILL)


async def test_the_worker_logs_at_the_level_of_its_parent(capfd: pytest.CaptureFixture[str]) -> None:
    logging.getLogger().setLevel(logging.INFO)
    try:
        async with running() as worker:
            with pytest.raises(SynthesisFailed):
                await speak(worker, "bad", ERROR)
    finally:
        logging.getLogger().setLevel(logging.WARNING)
    err = capfd.readouterr().err
    assert "job bad failed" in err
    assert "Traceback" in err
