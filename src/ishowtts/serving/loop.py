"""The worker's loop: read what the parent wants, then make one move.

A move is the smallest piece of work that is never interrupted: one vocoder run, one job opened, or one step of some
jobs together. The inbox is read before each, so a cancelled job never gets another step.
"""

from __future__ import annotations

import logging
import queue
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ishowtts.audio.flaws import UNUSABLE, Flaw, flaw, without_leak
from ishowtts.engine.job import Engine, JobState
from ishowtts.engine.memory import give_back
from ishowtts.errors import DeadlineExceeded, SpeechError, SynthesisFailed
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
from ishowtts.serving.scheduler import Scheduler, Ticket
from ishowtts.text.breaks import first_clause
from ishowtts.text.pace import predicted_seconds

log = logging.getLogger(__name__)

OTHER_SEED = 0x9E3779B9
"""Added to the seed of what is made again: far from those of the segments around, which count up by one."""

Inbox = queue.SimpleQueue[ToWorker]
Outbox = Callable[[FromWorker], None]

IDLE_SECONDS = 10.0
"""Without work, until memory is given back: long enough for the pause between two texts of a conversation."""


def run(
    engine: Engine[Any],
    inbox: Inbox,
    outbox: Outbox,
    scheduler: Scheduler,
    rest: Callable[[], None] = give_back,
    idle_seconds: float = IDLE_SECONDS,
) -> None:
    """Serve until `Shutdown`; raises when the engine's device is lost and only a new process can help.

    `rest` is called once in every pause, when it has lasted `idle_seconds`.
    """
    desk = _Desk(engine, outbox, scheduler, rest, idle_seconds)
    try:
        while desk.read(inbox):
            if done := scheduler.finished:
                desk.deliver(done)  # before the next step, so that first audio leaves early
            elif batch := scheduler.next_batch():
                if batch[-1].state is None:
                    desk.open(batch[-1])
                else:
                    desk.step(batch)
    finally:
        for ticket in scheduler:
            desk.release(ticket)


class _Desk:
    """The moves of the loop. Every ticket leaves through `release`, and with one message."""

    def __init__(
        self,
        engine: Engine[Any],
        outbox: Outbox,
        scheduler: Scheduler,
        rest: Callable[[], None],
        idle_seconds: float,
    ) -> None:
        self._engine = engine
        self._send = outbox
        self._scheduler = scheduler
        self._rest = rest
        self._idle_seconds = idle_seconds

    def read(self, inbox: Inbox) -> bool:
        """Take in all that has arrived, waiting only when there is nothing to do; False at the end."""
        wait = self._scheduler.idle
        while True:
            try:
                message = self._next(inbox) if wait else inbox.get_nowait()
            except queue.Empty:
                break
            wait = False
            match message:
                case Submit(job, claim, arrived, deadline, alone):
                    self._scheduler.submit(Ticket(job, claim, deadline, alone, arrived))
                case Cancel(job_id):
                    if ticket := self._scheduler.find(job_id):
                        steps = ticket.state.steps_done if ticket.state else 0
                        self.release(ticket)
                        self._send(Dropped(job_id, steps))
                case Shutdown():
                    return False
        for ticket in self._scheduler.expired(time.monotonic()):
            self._fail(ticket, DeadlineExceeded("The text could not be spoken in the time given."))
        return True

    def _next(self, inbox: Inbox) -> ToWorker:
        """The message that ends a pause."""
        try:
            return inbox.get(timeout=self._idle_seconds)
        except queue.Empty:
            self._rest()
            return inbox.get()

    def open(self, ticket: Ticket) -> None:
        self._send(Started(ticket.job.id))
        ticket.opened_at = ticket.opened_at or time.monotonic()
        try:
            ticket.state = self._engine.open(ticket.job)
        except Exception as error:
            self._fail(ticket, error)

    def step(self, batch: list[Ticket]) -> None:
        states = {ticket: ticket.state for ticket in batch if ticket.state is not None}
        before = {ticket: state.steps_done for ticket, state in states.items()}
        started = time.monotonic()
        try:
            self._engine.step(list(states.values()))
        except Exception as error:
            if len(states) == 1 or _device_is_lost(error):
                self._fail(batch[0], error)
                return
            # One of them is at fault. Those that did not advance go on alone, and so the culprit is found.
            log.warning("a batch of %d failed (%s); stepping its jobs one by one", len(batch), type(error).__name__)
            for ticket, state in states.items():
                if state.steps_done == before[ticket]:
                    self.step([ticket])
        else:
            self._send(Stepped(tuple(ticket.job.id for ticket in batch), time.monotonic() - started))

    def deliver(self, done: list[Ticket]) -> None:
        states = [ticket.state for ticket in done if ticket.state is not None]
        try:
            sounds = self._engine.vocode(states)
        except Exception as error:
            if len(done) == 1 and isinstance(error, SynthesisFailed) and not done[0].retaken:
                self._retake(done[0], "not_finite")
                return
            if len(done) == 1 or _device_is_lost(error):
                self._fail(done[0], error)
                return
            log.warning("decoding %d jobs together failed (%s); one by one", len(done), type(error).__name__)
            for ticket in done:
                self.deliver([ticket])
            return
        for ticket, state, sound in zip(done, states, sounds, strict=True):
            pcm = np.ascontiguousarray(sound, dtype=np.float32).reshape(-1)
            self._hand_over(ticket, state, pcm)

    def _hand_over(self, ticket: Ticket, state: JobState, pcm: np.ndarray) -> None:
        """Sound with a flaw is made again, once; after that, what can be listened to is sent, and the flaw told."""
        rate, text = self._engine.sample_rate, ticket.job.text
        found = flaw(pcm, rate, _planned(state))
        if found and not ticket.retaken:
            self._retake(ticket, found)
            return
        if found in UNUSABLE:
            self._fail(ticket, SynthesisFailed("The model returned no usable sound; try another seed."))
            return
        if found:
            log.warning("job %s is %s at the second try too, and is sent", ticket.job.id, found)
        seconds, steps = time.monotonic() - ticket.opened_at, state.steps_done + ticket.wasted
        pcm = without_leak(pcm, rate, predicted_seconds(first_clause(text)) / ticket.job.sampling.speed)
        self._send(Finished(ticket.job.id, pcm, seconds, steps, state.times, state.remarks, ticket.retaken, found))
        self.release(ticket)

    def _retake(self, ticket: Ticket, found: Flaw) -> None:
        """Back to where it came from, with a seed that follows from its own: the same request, the same sound."""
        log.warning("job %s is %s and is made again with another seed", ticket.job.id, found)
        state, ticket.state = ticket.state, None
        if state is not None:
            ticket.wasted += state.steps_done
            self._engine.close(state)
        sampling = ticket.job.sampling
        ticket.job = replace(ticket.job, sampling=replace(sampling, seed=(sampling.seed + OTHER_SEED) % 2**32))
        ticket.retaken = found

    def release(self, ticket: Ticket) -> None:
        """Out of the scheduler and, once, out of the engine."""
        self._scheduler.remove(ticket)
        state, ticket.state = ticket.state, None
        if state is not None:
            try:
                self._engine.close(state)
            except Exception:
                log.exception("job %s could not be closed", ticket.job.id)

    def _fail(self, ticket: Ticket, error: Exception) -> None:
        if _device_is_lost(error):
            raise error
        if not isinstance(error, SpeechError):
            log.error("job %s failed", ticket.job.id, exc_info=error)
            error = SynthesisFailed(f"The model failed on this text ({type(error).__name__}); the log has the details.")
        self.release(ticket)
        self._send(Failed(ticket.job.id, error))


def _planned(state: JobState) -> float | None:
    """Seconds of speech, from the first word to the last."""
    return state.times[-1].t1 - state.times[0].t0 if state.times else None


def _device_is_lost(error: Exception) -> bool:
    """After such an error every later call on the device fails as well, until the process is replaced."""
    return isinstance(error, RuntimeError) and "CUDA error" in str(error)
