"""The parent's side of inference: submit a job, await its sound; the process behind it is kept alive."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from typing import Any

from ishowtts.engine.job import Job, Reference
from ishowtts.errors import CheckpointError, NotReady, SpeechError, WorkerLost
from ishowtts.logs import style_in_effect
from ishowtts.serving.admission import Admission
from ishowtts.serving.cancel import CancelToken
from ishowtts.serving.channel import END_SECONDS, Channel
from ishowtts.serving.ledger import Ledger, Order, Promise, Synthesised
from ishowtts.serving.messages import (
    Cancel,
    Dropped,
    Failed,
    Finished,
    FromWorker,
    LoadFailed,
    Loading,
    Ready,
    Shutdown,
    Started,
    Stepped,
)
from ishowtts.serving.metrics import Metrics
from ishowtts.serving.process import Assignment, EngineFactory
from ishowtts.serving.status import WorkerState, WorkerStatus
from ishowtts.settings import QueueSettings

__all__ = ["Synthesised", "Worker", "WorkerState", "WorkerStatus"]

log = logging.getLogger(__name__)

MAX_FAILED_LOADS = 3
"""In a row. Then waiting jobs are given up, and so is a worker that was never ready."""

FIRST_DELAY, LONGEST_DELAY = 0.5, 30.0
"""Seconds before a lost process is replaced: doubled each time, back to the first after a finished job."""

TICKS = 4
"""The hang timeout is counted in this many waits, so that a stalled event loop is not taken for a hung worker."""


class Worker:
    """One inference process and its queue. Belongs to the event loop that called `start`."""

    def __init__(
        self,
        queue: QueueSettings,
        engine_factory: EngineFactory,
        warm_references: Sequence[Reference] | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        """`engine_factory` must be picklable; `warm_references` None leaves the warm-up out."""
        self._queue = queue
        self._metrics = metrics or Metrics()
        self._assignment = Assignment(
            engine_factory, warm_references, queue.max_active, queue.ageing, style_in_effect()
        )
        self._ledger = Ledger(Admission(queue.max_jobs, queue.max_wait, queue.ageing), queue.retries)
        self._supervisor: asyncio.Task[None] | None = None
        self._channel: Channel | None = None
        self._closing = False
        self._state: WorkerState = "starting"
        self._settled = asyncio.Event()  # set while the state is ready, failed or stopped
        self._over = asyncio.Event()  # set once it is failed or stopped
        self._up = False  # the present process is ready
        self._load_timer: asyncio.TimerHandle | None = None
        self._failed_loads = 0  # in a row
        self._loading = Loading(0.0, "starting")
        self._info: dict[str, Any] = {}
        self._load_error: SpeechError | None = None
        self._last_error: str | None = None
        self._restarts = 0
        self._delay = FIRST_DELAY
        self._heard = 0  # messages from the present process

    async def start(self) -> None:
        """Start the process and return at once; loading goes on, see `status` and `wait_ready`."""
        if self._supervisor is not None or self._closing:
            raise RuntimeError("a worker is started once")
        self._supervisor = asyncio.create_task(self._supervise(), name="ishowtts-worker")

    def status(self) -> WorkerStatus:
        running = self._ledger.running
        return WorkerStatus(
            state=self._state,
            fraction=self._loading.fraction,
            stage=self._loading.stage,
            info=self._info,
            queued=len(self._ledger) - running,
            running=running,
            queued_seconds=self._ledger.seconds,
            rate=self._ledger.rate,
            restarts=self._restarts,
            last_error=self._last_error,
            pid=self._channel.pid if self._channel else None,
        )

    async def wait_ready(self) -> None:
        """Until jobs are spoken. Raises the reason (`CheckpointError`, …) when the model cannot be loaded."""
        await self._settled.wait()
        if self._state == "failed":
            raise self._load_error or WorkerLost(f"The speech worker failed: {self._last_error}.")
        if self._state == "stopped":
            raise NotReady("The server is shutting down.")

    async def wait_over(self) -> None:
        """Until nothing will ever be spoken: the worker was stopped, or given up, which raises the reason."""
        await self._over.wait()
        if self._state == "failed":
            await self.wait_ready()

    def admit(
        self, orders: Sequence[Order], token: CancelToken, deadline: float | None = None, key: int | None = None
    ) -> list[asyncio.Future[Synthesised]]:
        """Take these jobs, whose ids must be unique, or none of them; `deadline` is a `time.monotonic()` value.

        Raises `NotReady`, `Cancelled`, or `QueueFull` with the `retry_after` seconds after which there is room for what
        `key` stands for. The sounds raise `Cancelled`, `DeadlineExceeded`, `WorkerLost`, `SynthesisFailed`, `NotReady`
        and what `Engine.open` raises. Cancelling the token takes the jobs out before their next ODE step.
        """
        token.raise_if_cancelled()
        self._check_ready()
        promises = self._ledger.admit(orders, deadline, key)
        self._send_jobs()
        loop = asyncio.get_running_loop()

        def cancel() -> None:  # called in the canceller's thread
            with contextlib.suppress(RuntimeError):  # the loop is closed, and the worker gone with it
                loop.call_soon_threadsafe(abandon)

        def abandon() -> None:
            for promise in promises:
                self._abandon(promise, token.reason or "")  # does nothing after an outcome

        forget = token.on_cancel(cancel)
        asyncio.gather(*(promise.future for promise in promises), return_exceptions=True).add_done_callback(
            lambda _: forget()
        )
        return [promise.future for promise in promises]

    async def submit(self, job: Job, token: CancelToken, deadline: float | None = None) -> Synthesised:
        """`admit` one job and await its sound; it is taken out too when the awaiting task is cancelled."""
        jobs = CancelToken()
        forget = token.on_cancel(lambda: jobs.cancel(token.reason or ""))
        try:
            [sound] = self.admit([Order(job)], jobs, deadline)
            return await sound
        finally:
            forget()
            jobs.cancel()

    def _check_ready(self) -> None:
        if self._closing:
            raise NotReady("The server is shutting down.")
        if self._state == "failed":
            raise NotReady("The speech model could not be loaded; the server's log and /readyz say why.")
        if self._failed_loads:
            raise NotReady("The speech worker is being replaced; try again soon.", retry_after=self._delay)
        if self._state in ("starting", "loading"):  # while restarting, jobs may wait
            raise NotReady("The speech model is loading; /readyz says how far it is.", retry_after=2.0)

    async def stop(self, timeout: float = 0.0) -> None:  # noqa: ASYNC109 - seconds of grace, not a limit of the call
        """Take no more jobs, give those there are `timeout` seconds, then end the process. May be called again."""
        self._closing = True
        if self._supervisor is None:
            self._set_state("stopped")
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._ledger.empty.wait()
        if self._state != "stopped":
            self._set_state("stopped")
            self._ledger.fail_all(NotReady("The server is shutting down."))
            self._supervisor.cancel()
        await asyncio.wait({self._supervisor})

    # One process after the other.

    async def _supervise(self) -> None:
        while True:
            reason = await self._live()
            self._last_error = str(self._load_error or reason)
            self._loading = Loading(0.0, "starting")
            if not self._failed_loads:  # it was at work
                self._ledger.worker_died()
            elif self._failed_loads >= MAX_FAILED_LOADS or self._is_final():
                self._ledger.fail_all(WorkerLost("The speech model could not be loaded again."))
            if self._is_final():
                log.error("the model cannot be loaded: %s", self._last_error)
                self._set_state("failed")
                return
            self._restarts += 1
            self._set_state("restarting" if self._info else "loading")
            log.warning("%s; a new one starts in %g s", self._last_error, self._delay)
            delay, self._delay = self._delay, min(LONGEST_DELAY, self._delay * 2)
            await asyncio.sleep(delay)

    def _is_final(self) -> bool:
        """What loaded before may load again when its device recovers; what never did needs a person."""
        if self._info:
            return isinstance(self._load_error, CheckpointError)
        return self._load_error is not None or self._failed_loads >= MAX_FAILED_LOADS

    async def _live(self) -> str:
        """One process, from spawn to its end; returns the reason of the end."""
        self._load_error = None
        try:
            channel = self._channel = Channel(self._assignment, self._on_message)
        except (OSError, RuntimeError) as error:  # no file descriptor or thread left
            self._failed_loads += 1
            return f"the worker process could not be started ({error})"
        timeout = self._queue.load_timeout
        self._load_timer = asyncio.get_running_loop().call_later(
            timeout, channel.kill, f"the worker process did not load within {timeout:g} s"
        )
        try:
            await self._watch(channel)
            self._failed_loads += not self._up
            return channel.ended.result()
        finally:
            self._load_timer.cancel()
            await self._close(channel)
            self._channel, self._up = None, False

    async def _watch(self, channel: Channel) -> None:
        """Until the process has ended; kill it when it has work and says nothing for the hang timeout."""
        quiet = 0
        while not channel.ended.done():
            heard = self._heard
            await asyncio.wait({channel.ended}, timeout=self._queue.hang_timeout / TICKS)
            quiet = quiet + 1 if self._up and len(self._ledger) and self._heard == heard else 0
            if quiet > TICKS:
                channel.kill(f"the worker process did nothing for {self._queue.hang_timeout:g} s with work to do")

    async def _close(self, channel: Channel) -> None:
        if self._up and not channel.ended.done():
            channel.send(Shutdown())
            await asyncio.wait({channel.ended}, timeout=END_SECONDS)
        if not channel.ended.done():
            channel.kill("the worker process was stopped")
            await asyncio.wait({channel.ended}, timeout=END_SECONDS)

    # What the process says, and what it is told.

    def _on_message(self, message: FromWorker) -> None:
        self._heard += 1
        match message:
            case Started(job_id):
                self._ledger.started(job_id)
            case Stepped(job_ids, seconds):
                self._ledger.stepped(job_ids)
                self._metrics.stepped(len(job_ids), seconds)
            case Finished():
                self._delay = FIRST_DELAY
                queued = self._ledger.finished(message, int(self._info["sample_rate"]))
                if queued is not None:
                    self._metrics.queue_wait(queued)
                    self._metrics.made(message.remarks, message.retaken, message.flaw)
            case Failed(job_id, error):
                self._ledger.failed(job_id, error)
            case Dropped(job_id, steps):
                log.debug("job %s was dropped after %d steps", job_id, steps)
                self._metrics.wasted(steps)
                self._ledger.forget(job_id)
            case Loading():
                self._loading = message
                if self._state == "starting":
                    self._set_state("loading")
            case LoadFailed(error):
                self._load_error = error
                if self._channel is not None:  # it has nothing more to say, and might hang on its way out
                    self._channel.kill(str(error))
            case Ready(info):
                if self._info:
                    log.info("the new worker process is ready: speech goes on")
                self._info, self._up, self._failed_loads = info, True, 0
                self._loading = Loading(1.0, "ready")
                if self._load_timer is not None:
                    self._load_timer.cancel()
                self._set_state("ready")
                self._ledger.worker_ready()
                self._send_jobs()

    def _send_jobs(self) -> None:
        if self._channel is not None and self._up:
            self._ledger.send_all(self._channel.send)

    def _abandon(self, promise: Promise, reason: str) -> None:
        if not promise.future.done():
            self._metrics.cancelled("synthesis" if promise.started else "queued")
        if self._ledger.abandon(promise, reason) and self._channel is not None:
            self._channel.send(Cancel(promise.job.id))

    def _set_state(self, state: WorkerState) -> None:
        if self._state != "stopped":
            self._state = state
        (self._settled.set if self._state in ("ready", "failed", "stopped") else self._settled.clear)()
        if self._state in ("failed", "stopped"):
            self._over.set()
