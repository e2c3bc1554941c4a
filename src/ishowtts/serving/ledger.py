"""The jobs promised to callers, from admission to their one outcome, over any number of worker processes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from ishowtts.engine.job import NONE_MADE, Job, Remarks
from ishowtts.errors import Cancelled, SpeechError, WorkerLost
from ishowtts.serving.admission import Admission
from ishowtts.serving.claim import USUAL, Claim
from ishowtts.serving.messages import Finished, Submit
from ishowtts.serving.pace import Pace
from ishowtts.text.timing import WordTime


@dataclass(frozen=True, slots=True, eq=False)
class Synthesised:
    """Sound of one job: (samples,) float32 mono, and what it took."""

    pcm: np.ndarray
    sample_rate: int
    queue_seconds: float
    """All the time in which the engine was not at work on it."""
    synthesis_seconds: float
    steps: int
    worker_restarts: int
    """How often a worker process died under this job."""
    done_at: float
    """`time.monotonic()` seconds."""
    times: tuple[WordTime, ...] = ()
    """When each word of the job's text is said, from the start of `pcm`; estimates, empty if nobody knows."""
    batch: float = 1.0
    """Jobs that took its steps, itself included; the mean."""
    remarks: Remarks = NONE_MADE
    retaken: bool = False
    """Made a second time: the first had a flaw."""


@dataclass(frozen=True, slots=True)
class Order:
    """A job, and its part in the queue."""

    job: Job
    claim: Claim = USUAL


@dataclass(slots=True, eq=False)
class Promise:
    """A job and the future its caller waits for. Once that is done early (cancelled), only the worker's word is due."""

    job: Job
    claim: Claim
    deadline: float | None
    future: asyncio.Future[Synthesised]
    arrived: float = field(default_factory=time.monotonic)
    sent: bool = False
    started: bool = False
    abandoned: bool = False
    losses: int = 0
    company: int = 0
    """Jobs that took its steps, itself included; the sum."""

    def settle(self, outcome: Synthesised | SpeechError) -> None:
        if self.future.done():
            return
        if isinstance(outcome, SpeechError):
            self.future.set_exception(outcome)
        else:
            self.future.set_result(outcome)


class Ledger:
    """Bounded: a job has its place from `admit` until the worker has let go of it, cancelled or not."""

    def __init__(self, admission: Admission, retries: int) -> None:
        self._admission = admission
        self._retries = retries
        self._promises: dict[str, Promise] = {}
        self._pace = Pace()
        self.empty = asyncio.Event()
        self.empty.set()

    def __len__(self) -> int:
        return len(self._promises)

    @property
    def running(self) -> int:
        return sum(promise.started for promise in self._promises.values())

    @property
    def seconds(self) -> float:
        """Of sound, predicted, of all jobs that are not done."""
        return sum(promise.claim.seconds for promise in self._promises.values())

    @property
    def rate(self) -> float:
        """Seconds of sound made in a second, as measured of late."""
        return self._pace.rate

    def admit(self, orders: Sequence[Order], deadline: float | None, key: int | None = None) -> list[Promise]:
        """All of them or none. Raises `QueueFull`; `ValueError` for an id that is in use."""
        self._admission.check([order.claim for order in orders], self._promises.values(), self.rate, key)
        for order in orders:
            if order.job.id in self._promises:
                raise ValueError(f"job id {order.job.id!r} is in use")
        if not self._promises:
            self._pace.busy(time.monotonic())
        loop = asyncio.get_running_loop()
        promises = [Promise(order.job, order.claim, deadline, loop.create_future()) for order in orders]
        for promise in promises:
            promise.future.add_done_callback(_retrieve)
        self._promises |= {promise.job.id: promise for promise in promises}
        self.empty.clear()
        return promises

    def send_all(self, send: Callable[[Submit], None]) -> None:
        """Hand every job that is not with a worker yet to the worker, in order of admission."""
        for promise in self._promises.values():
            if not promise.sent:
                promise.sent = True
                alone = promise.losses > 0
                send(Submit(promise.job, promise.claim, promise.arrived, promise.deadline, alone))

    def started(self, job_id: str) -> None:
        if promise := self._promises.get(job_id):
            promise.started = True

    def stepped(self, job_ids: Sequence[str]) -> None:
        for job_id in job_ids:
            if promise := self._promises.get(job_id):
                promise.company += len(job_ids)

    def finished(self, message: Finished, sample_rate: int) -> float | None:
        """Seconds in which the engine was not at work on it; None for a job that is not known."""
        now = time.monotonic()
        queued = None
        if promise := self.forget(message.job_id):
            self._pace.finished(now, promise.claim.seconds)
            queued = max(0.0, now - promise.arrived - message.synthesis_seconds)
            promise.settle(
                Synthesised(
                    message.pcm,
                    sample_rate,
                    queued,
                    message.synthesis_seconds,
                    message.steps,
                    promise.losses,
                    now,
                    message.times,
                    promise.company / message.steps if message.steps else 1.0,
                    message.remarks,
                    message.retaken is not None,
                )
            )
        return queued

    def failed(self, job_id: str, error: SpeechError) -> None:
        if promise := self.forget(job_id):
            promise.settle(error)

    def abandon(self, promise: Promise, reason: str) -> bool:
        """Nobody waits for it any more. True when a worker has it and must be told."""
        promise.settle(Cancelled(reason))
        if promise.abandoned or self._promises.get(promise.job.id) is not promise:
            return False
        promise.abandoned = True
        if not promise.sent:
            self.forget(promise.job.id)
        return promise.sent

    def forget(self, job_id: str) -> Promise | None:
        """Free its place."""
        promise = self._promises.pop(job_id, None)
        if not self._promises:
            self.empty.set()
        return promise

    def worker_ready(self) -> None:
        """There is one again: the time without says nothing of the pace."""
        self._pace.busy(time.monotonic())

    def worker_died(self) -> None:
        """Keep the jobs that may be tried again; those that died with a worker too often raise `WorkerLost`.

        Only jobs that were being stepped can have caused it, so only they are charged (all, if none was).
        """
        suspects = [promise for promise in self._promises.values() if promise.started]
        for promise in suspects or list(self._promises.values()):
            promise.losses += 1
        for job_id, promise in list(self._promises.items()):
            promise.sent = promise.started = False
            promise.company = 0
            if promise.future.done():
                self.forget(job_id)
            elif promise.losses > self._retries:
                self.failed(job_id, WorkerLost("The speech worker died while it spoke this text. Try again."))

    def fail_all(self, error: SpeechError) -> None:
        for job_id in list(self._promises):
            self.failed(job_id, error)


def _retrieve(future: asyncio.Future[Synthesised]) -> None:
    """Take note of an error nobody may ask for, so that asyncio does not log it."""
    if not future.cancelled():
        future.exception()
