from __future__ import annotations

import asyncio

import numpy as np
import pytest

from ishowtts.engine.job import Job
from ishowtts.errors import Cancelled, QueueFull, WorkerLost
from ishowtts.serving import ledger as ledger_module
from ishowtts.serving.admission import Admission
from ishowtts.serving.claim import Claim, Sender
from ishowtts.serving.ledger import Ledger, Order, Promise
from ishowtts.serving.messages import Finished, Submit
from tests.fakes import fake_job

pytestmark = pytest.mark.anyio


def ledger_of(max_jobs: int = 8) -> Ledger:
    return Ledger(Admission(max_jobs, max_wait=100.0, ageing=10.0), retries=1)


def admit(ledger: Ledger, *jobs: Job) -> Promise:
    return ledger.admit([Order(job) for job in jobs], None)[0]


def sent(ledger: Ledger) -> list[tuple[str, bool]]:
    out: list[Submit] = []
    ledger.send_all(out.append)
    return [(message.job.id, message.alone) for message in out]


async def test_every_job_is_sent_once_and_in_order() -> None:
    ledger = ledger_of()
    admit(ledger, fake_job("a"))
    admit(ledger, fake_job("b"))
    assert sent(ledger) == [("a", False), ("b", False)]
    admit(ledger, fake_job("c"))
    assert sent(ledger) == [("c", False)]


async def test_a_full_ledger_says_when_to_come_back() -> None:
    ledger = ledger_of(max_jobs=2)
    with pytest.raises(QueueFull):
        admit(ledger, *map(fake_job, "xyz"))
    assert len(ledger) == 0, "all of a text or none"
    admit(ledger, fake_job("a"))
    admit(ledger, fake_job("b"))
    with pytest.raises(QueueFull) as caught:
        admit(ledger, fake_job("c"))
    assert caught.value.retry_after is not None
    assert 1 <= caught.value.retry_after <= 120
    assert len(ledger) == 2


async def test_an_id_is_used_once_at_a_time() -> None:
    ledger = ledger_of()
    admit(ledger, fake_job("a"))
    with pytest.raises(ValueError, match="in use"):
        admit(ledger, fake_job("a"))


async def test_after_a_death_only_jobs_that_were_stepped_are_charged_and_tried_alone() -> None:
    ledger = ledger_of()
    guilty, mate, queued = (admit(ledger, fake_job(id)) for id in ("guilty", "mate", "queued"))
    sent(ledger)
    ledger.started("guilty")
    ledger.started("mate")
    ledger.worker_died()
    assert sent(ledger) == [("guilty", True), ("mate", True), ("queued", False)]
    ledger.started("guilty")
    ledger.worker_died()
    assert isinstance(guilty.future.exception(), WorkerLost)
    assert not mate.future.done()
    assert not queued.future.done()
    assert sent(ledger) == [("mate", True), ("queued", False)]


async def test_deaths_without_a_suspect_do_not_keep_a_job_waiting_for_ever() -> None:
    ledger = ledger_of()
    promise = admit(ledger, fake_job("a"))
    ledger.worker_died()
    assert not promise.future.done()
    ledger.worker_died()
    assert isinstance(promise.future.exception(), WorkerLost)


async def test_an_abandoned_job_keeps_its_place_until_the_worker_lets_go() -> None:
    ledger = ledger_of()
    promise = admit(ledger, fake_job("a"))
    sent(ledger)
    assert ledger.abandon(promise, "gone")
    assert not ledger.abandon(promise, "gone"), "the worker is told once"
    assert isinstance(promise.future.exception(), Cancelled)
    assert len(ledger) == 1
    assert not ledger.empty.is_set()
    ledger.forget("a")
    assert ledger.empty.is_set()


async def test_an_abandoned_job_that_no_worker_has_is_gone_at_once() -> None:
    ledger = ledger_of()
    waiting = admit(ledger, fake_job("a"))
    assert not ledger.abandon(waiting, "gone")
    assert isinstance(waiting.future.exception(), Cancelled)
    with_worker = admit(ledger, fake_job("b"))
    sent(ledger)
    ledger.abandon(with_worker, "gone")
    assert isinstance(with_worker.future.exception(), Cancelled)
    ledger.worker_died()
    assert len(ledger) == 0


async def test_sound_that_comes_after_the_cancel_is_dropped() -> None:
    ledger = ledger_of()
    promise = admit(ledger, fake_job("a"))
    sent(ledger)
    ledger.abandon(promise, "gone")
    ledger.finished(Finished("a", np.zeros(3, np.float32), 0.1, 4), 24000)
    assert isinstance(promise.future.exception(), Cancelled)
    assert len(ledger) == 0
    ledger.finished(Finished("unknown", np.zeros(3, np.float32), 0.1, 4), 24000)


async def test_queue_time_is_what_synthesis_did_not_take() -> None:
    ledger = ledger_of()
    promise = admit(ledger, fake_job("a"))
    promise.arrived -= 10.0
    sent(ledger)
    ledger.finished(Finished("a", np.zeros(3, np.float32), 4.0, 7), 24000)
    result = await asyncio.wait_for(promise.future, 1)
    assert 6.0 <= result.queue_seconds < 7.0
    assert (result.synthesis_seconds, result.steps, result.sample_rate) == (4.0, 7, 24000)


async def test_what_is_inside_is_told_in_seconds_of_sound() -> None:
    ledger = ledger_of()
    ledger.admit([Order(fake_job("a"), Claim(seconds=2.0)), Order(fake_job("b"), Claim(seconds=3.0))], None)
    assert ledger.seconds == 5.0
    ledger.forget("a")
    assert ledger.seconds == 3.0


async def test_claims_and_times_go_to_every_worker() -> None:
    ledger = ledger_of()
    claim = Claim(Sender("key", "room"), "low", 2.5, 1.0)
    [promise] = ledger.admit([Order(fake_job("a"), claim)], 77.0)
    for _ in range(2):
        out: list[Submit] = []
        ledger.send_all(out.append)
        assert (out[0].claim, out[0].arrived, out[0].deadline) == (claim, promise.arrived, 77.0)
        ledger.worker_died()


async def test_how_many_took_a_jobs_steps_is_told_and_forgotten_with_its_worker() -> None:
    ledger = ledger_of()
    promise = admit(ledger, fake_job("a"), fake_job("b"))
    ledger.stepped(("a", "b"))
    ledger.started("b")
    ledger.worker_died()
    for together in (("a", "b"), ("a", "b", "gone"), ("a",)):
        ledger.stepped(together)
    ledger.finished(Finished("a", np.zeros(3, np.float32), 0.1, 3), 24000)
    assert (await promise.future).batch == 2.0


async def test_the_time_without_a_worker_is_not_counted_as_slow_work(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(ledger_module.time, "monotonic", lambda: now)
    ledger = ledger_of()
    admit(ledger, fake_job("a"))
    ledger.worker_died()
    now += 300.0
    ledger.worker_ready()
    now += 1.0
    ledger.finished(Finished("a", np.zeros(3, np.float32), 0.5, 4), 24000)
    assert ledger.rate == pytest.approx(1.0)
