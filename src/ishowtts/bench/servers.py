"""Systems that are given more than they can say at once: ours through the worker's loop, upstream one by one."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass
from typing import Protocol

from ishowtts.bench.system import Ours, System
from ishowtts.engine.features import SAMPLE_RATE
from ishowtts.engine.job import Job
from ishowtts.serving.claim import USUAL, Claim
from ishowtts.serving.loop import Inbox, run
from ishowtts.serving.messages import Failed, Finished, FromWorker, Shutdown, Submit
from ishowtts.serving.scheduler import Scheduler


@dataclass(frozen=True, slots=True)
class Outcome:
    """A job's end, on the clock of `time.perf_counter`. `error` with an empty id is the end of the server."""

    job_id: str
    at: float
    audio_seconds: float = 0.0
    error: BaseException | None = None


class Server(Protocol):
    """Takes jobs at any time and puts their outcomes in `done`, from a thread of its own."""

    done: queue.SimpleQueue[Outcome]

    def submit(self, job: Job, claim: Claim = USUAL) -> None: ...

    def close(self) -> None:
        """What has not begun is dropped."""
        ...


def serve(system: System) -> Server:
    return Batching(system) if isinstance(system, Ours) else Fifo(system)


class Batching:
    """`serving.loop.run` with its scheduler, as the worker process runs it."""

    def __init__(self, system: Ours) -> None:
        self.done: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._engine = system.engine
        self._inbox: Inbox = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def submit(self, job: Job, claim: Claim = USUAL) -> None:
        self._inbox.put(Submit(job, claim))

    def close(self) -> None:
        self._inbox.put(Shutdown())
        self._thread.join()

    def _run(self) -> None:
        engine = self._engine
        try:
            run(engine, self._inbox, self._tell, Scheduler(engine.max_batch, engine.max_tokens))
        except Exception as error:
            self.done.put(Outcome("", time.perf_counter(), error=error))

    def _tell(self, message: FromWorker) -> None:
        match message:
            case Finished(job_id, pcm):
                self.done.put(Outcome(job_id, time.perf_counter(), pcm.size / SAMPLE_RATE))
            case Failed(job_id, error):
                self.done.put(Outcome(job_id, time.perf_counter(), error=error))


class Fifo:
    """One request after the other, in order of arrival: all that `CFM.sample` can do."""

    def __init__(self, system: System) -> None:
        self.done: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._system = system
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._closing = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def submit(self, job: Job, claim: Claim = USUAL) -> None:
        self._jobs.put(job)

    def close(self) -> None:
        self._closing = True
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None and not self._closing:
            try:
                audio = len(self._system.say(job).pcm) / SAMPLE_RATE
                self.done.put(Outcome(job.id, time.perf_counter(), audio))
            except Exception as error:
                self.done.put(Outcome(job.id, time.perf_counter(), error=error))
