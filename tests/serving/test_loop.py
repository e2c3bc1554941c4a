from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from ishowtts.errors import DeadlineExceeded, NothingToSay, SynthesisFailed
from ishowtts.serving.loop import run
from ishowtts.serving.messages import (
    Cancel,
    Dropped,
    Failed,
    Finished,
    FromWorker,
    Shutdown,
    Started,
    Stepped,
    Submit,
    ToWorker,
)
from ishowtts.serving.scheduler import Scheduler
from tests.fakes import DEVICE_LOST, ERROR, HALF, MUTE, MUTE_ONCE, REFUSE, FakeEngine, FakeState, expected_pcm, fake_job


class Bench:
    """The loop in a thread, with a gate in front of each step."""

    def __init__(self, engine: FakeEngine, max_active: int) -> None:
        self.engine = engine
        self.gate: threading.Semaphore = engine.gate
        self.inbox: queue.SimpleQueue[ToWorker] = queue.SimpleQueue()
        self.outbox: queue.SimpleQueue[FromWorker] = queue.SimpleQueue()
        self.heard: list[FromWorker] = []
        self.raised: Exception | None = None
        self.rests: queue.SimpleQueue[int] = queue.SimpleQueue()
        """How many messages had been sent at each."""
        self.thread = threading.Thread(target=self._run, args=(max_active,), daemon=True)

    def _run(self, max_active: int) -> None:
        try:
            scheduler = Scheduler(max_active, self.engine.max_tokens)
            run(self.engine, self.inbox, self.outbox.put, scheduler, self._rest, idle_seconds=0.02)
        except Exception as error:
            self.raised = error

    def _rest(self) -> None:
        self.rests.put(self.outbox.qsize())

    def hear(self, *kinds: type) -> FromWorker:
        """The next message of one of these kinds; all passed over are kept in `heard`."""
        while True:
            self.heard.append(self.outbox.get(timeout=30))
            if isinstance(self.heard[-1], kinds):
                return self.heard[-1]

    def outcomes(self, count: int) -> dict[str, FromWorker]:
        messages = [self.hear(Finished, Failed, Dropped) for _ in range(count)]
        return {message.job_id: message for message in messages}


@contextmanager
def bench(max_active: int = 4, *, steps_allowed: int = 10_000) -> Iterator[Bench]:
    made = Bench(FakeEngine(gate=threading.Semaphore(steps_allowed)), max_active)
    made.thread.start()
    try:
        yield made
    finally:
        made.inbox.put(Shutdown())
        made.gate.release(10_000)
        made.thread.join(30)
        assert not made.thread.is_alive()
        assert made.engine.closed == made.engine.opened, "every opened job is closed, once"


def test_a_job_comes_out_as_sound() -> None:
    with bench() as b:
        job = fake_job("a", nfe_step=5)
        b.inbox.put(Submit(job))
        message = b.hear(Finished)
        assert isinstance(message, Finished)
        assert message.steps == 5
        assert message.synthesis_seconds >= 0
        assert message.pcm.dtype == np.float32
        np.testing.assert_array_equal(message.pcm, expected_pcm(job))
        assert [type(m) for m in b.heard] == [Started, *[Stepped] * 5, Finished]


def test_a_job_joins_at_any_step_and_leaves_at_its_last() -> None:
    with bench(steps_allowed=0) as b:
        b.inbox.put(Submit(fake_job("long", nfe_step=6)))
        b.hear(Started)
        b.gate.release(2)
        b.hear(Stepped)
        b.hear(Stepped)
        b.inbox.put(Submit(fake_job("short", nfe_step=2)))
        b.gate.release(6)
        assert b.hear(Finished).job_id == "short"
        assert b.hear(Finished).job_id == "long"
        # The third step may have begun before the short job came.
        assert ("long", "short") in b.engine.batches
        assert [ids for ids in b.engine.batches if "short" in ids] == [("long", "short")] * 2
        assert sum("long" in ids for ids in b.engine.batches) == 6


def test_a_finished_job_is_delivered_before_the_next_step_of_the_others() -> None:
    with bench(steps_allowed=0) as b:
        b.inbox.put(Submit(fake_job("long", nfe_step=9)))
        b.inbox.put(Submit(fake_job("short", nfe_step=2)))
        b.hear(Started)
        while b.engine.vocoded != ["short"]:
            b.gate.release()
            b.hear(Stepped)
            if sum("short" in ids for ids in b.engine.batches) == 2:
                b.hear(Finished)  # would not come if the loop went to the gate first


def test_no_more_than_max_active_are_stepped_together() -> None:
    with bench(max_active=2) as b:
        for id in "abcde":
            b.inbox.put(Submit(fake_job(id)))
        assert list(b.outcomes(5)) == list("abcde")
        assert max(len(ids) for ids in b.engine.batches) == 2


@pytest.mark.parametrize("company", [0, 2])
def test_a_cancelled_job_gets_no_further_step(company: int) -> None:
    with bench(steps_allowed=0) as b:
        b.inbox.put(Submit(fake_job("a", nfe_step=50)))
        for index in range(company):
            b.inbox.put(Submit(fake_job(f"mate-{index}", nfe_step=50)))
        b.hear(Started)
        b.gate.release(3)
        for _ in range(3):
            b.hear(Stepped)
        while b.gate.acquire(blocking=False):
            pass
        steps_before = sum("a" in ids for ids in b.engine.batches)
        b.inbox.put(Cancel("a"))  # while a step may be at the gate
        b.gate.release(2)
        message = b.hear(Dropped)
        assert isinstance(message, Dropped)
        assert message.job_id == "a"
        assert message.steps <= steps_before + 1
        assert sum("a" in ids for ids in b.engine.batches) == message.steps


def test_a_waiting_job_is_cancelled_without_being_opened() -> None:
    with bench(max_active=1, steps_allowed=0) as b:
        b.inbox.put(Submit(fake_job("a")))
        b.inbox.put(Submit(fake_job("b")))
        b.inbox.put(Cancel("b"))
        b.inbox.put(Cancel("never heard of"))
        b.gate.release(100)
        outcomes = b.outcomes(2)
        assert outcomes["b"] == Dropped("b", 0)
        assert isinstance(outcomes["a"], Finished)
        assert b.engine.opened == 1


def test_a_silent_sound_is_made_again_with_a_seed_that_follows_from_its_own() -> None:
    with bench() as b:
        for name in ("a", "b"):
            b.inbox.put(Submit(fake_job(name, f"Hello there. {MUTE_ONCE}", nfe_step=3, seed=7)))
        b.inbox.put(Submit(fake_job("good", nfe_step=3)))
        outcomes = b.outcomes(3)
        first, again, good = (outcomes[name] for name in ("a", "b", "good"))
        assert isinstance(first, Finished)
        assert isinstance(again, Finished)
        assert isinstance(good, Finished)
        assert (first.retaken, first.flaw, first.steps) == ("silent", None, 6)
        assert first.pcm.any()
        np.testing.assert_array_equal(first.pcm, again.pcm)
        assert (good.retaken, good.flaw, good.steps) == (None, None, 3)


def test_a_flaw_that_stays_is_told_and_the_sound_is_sent() -> None:
    with bench() as b:
        b.inbox.put(Submit(fake_job("a", f"Hello there, all of you. {HALF}", nfe_step=2)))
        message = b.hear(Finished)
        assert isinstance(message, Finished)
        assert (message.retaken, message.flaw, message.steps) == ("too_short", "too_short", 4)
        assert b.engine.opened == 2


@pytest.mark.parametrize(("mark", "error"), [(ERROR, SynthesisFailed), (MUTE, SynthesisFailed), (REFUSE, NothingToSay)])
def test_a_bad_job_fails_alone(mark: str, error: type[Exception]) -> None:
    with bench() as b:
        b.inbox.put(Submit(fake_job("good-1")))
        b.inbox.put(Submit(fake_job("bad", f"secret {mark}")))
        b.inbox.put(Submit(fake_job("good-2")))
        outcomes = b.outcomes(3)
        assert isinstance(outcomes["good-1"], Finished)
        assert isinstance(outcomes["good-2"], Finished)
        bad = outcomes["bad"]
        assert isinstance(bad, Failed)
        assert type(bad.error) is error
        assert "secret" not in str(bad.error)


def test_mates_of_a_failing_step_are_not_stepped_twice() -> None:
    with bench() as b:
        b.inbox.put(Submit(fake_job("bad", ERROR, nfe_step=4)))
        b.inbox.put(Submit(fake_job("good", nfe_step=6)))
        good = b.outcomes(2)["good"]
        assert isinstance(good, Finished)
        assert sum("good" in ids for ids in b.engine.batches) == 6


def test_a_job_past_its_deadline_is_dropped() -> None:
    with bench() as b:
        b.inbox.put(Submit(fake_job("late"), deadline=time.monotonic() - 1))
        b.inbox.put(Submit(fake_job("in time"), deadline=time.monotonic() + 1000))
        outcomes = b.outcomes(2)
        late = outcomes["late"]
        assert isinstance(late, Failed)
        assert type(late.error) is DeadlineExceeded
        assert isinstance(outcomes["in time"], Finished)
        assert all("late" not in ids for ids in b.engine.batches)


def test_a_lost_device_ends_the_loop() -> None:
    with bench() as b:
        b.inbox.put(Submit(fake_job("a", DEVICE_LOST)))
        b.inbox.put(Submit(fake_job("b")))
        b.thread.join(30)
        assert "CUDA error" in str(b.raised)


def test_shutdown_in_mid_job_ends_the_loop() -> None:
    with bench(steps_allowed=0) as b:
        b.inbox.put(Submit(fake_job("a", nfe_step=50)))
        b.hear(Started)
        b.inbox.put(Shutdown())
        b.gate.release(100)
        b.thread.join(30)
        assert b.raised is None
        assert not any(isinstance(message, Finished) for message in b.heard)


def test_a_job_that_cannot_be_closed_harms_nobody() -> None:
    class Sticky(FakeEngine):
        def close(self, job: FakeState) -> None:
            super().close(job)
            raise OSError("sticky")

    made = Bench(Sticky(gate=threading.Semaphore(100)), 4)
    made.thread.start()
    made.inbox.put(Submit(fake_job("a")))
    made.inbox.put(Submit(fake_job("b")))
    assert all(isinstance(message, Finished) for message in made.outcomes(2).values())
    made.inbox.put(Shutdown())
    made.thread.join(30)
    assert made.raised is None


def test_memory_is_given_back_once_in_every_pause() -> None:
    with bench() as b:
        b.rests.get(timeout=30)
        for number in range(2):
            b.inbox.put(Submit(fake_job(str(number))))
            sent = b.rests.get(timeout=30)
            assert sent == 1 + 4 + 1, "not while there is work"
            b.outcomes(1)
        time.sleep(0.1)
        assert b.rests.empty()
