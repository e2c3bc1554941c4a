"""The parent's end of one worker process: a thread that reads, a thread that sends, and no wait on the event loop."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import logging
import multiprocessing
import queue
import signal
import threading
from collections.abc import Callable
from multiprocessing import resource_tracker
from typing import Any

from ishowtts.serving.messages import FromWorker, ToWorker
from ishowtts.serving.process import SIGNALS, Assignment, main

log = logging.getLogger(__name__)

SPAWN = multiprocessing.get_context("spawn")  # fork copies threads' locks and a CUDA context: neither works

END_SECONDS = 3.0
"""From the order to end, or the last message, to SIGKILL; the child gives itself less."""


class Channel:
    """One worker process. `ended` becomes the reason of its end, after its last message was handed over."""

    def __init__(self, assignment: Assignment, on_message: Callable[[FromWorker], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._on_message = on_message
        self._kill_reason: str | None = None
        # Bounded by the ledger: a job is sent at most once and cancelled at most once.
        self._outbox: queue.SimpleQueue[ToWorker | None] = queue.SimpleQueue()
        self._pipe, self._child_pipe = SPAWN.Pipe()
        self._process = SPAWN.Process(
            target=main, args=(self._child_pipe, assignment), name="ishowtts-worker", daemon=True
        )
        self.ended: asyncio.Future[str] = self._loop.create_future()
        threading.Thread(target=self._serve, name="ishowtts-worker-reader", daemon=True).start()

    @property
    def pid(self) -> int | None:
        """Of the process; None until it is there."""
        return self._process.pid

    def send(self, message: ToWorker) -> None:
        self._outbox.put(message)

    def kill(self, reason: str) -> None:
        """SIGKILL; `ended` follows. The first reason given is the one told."""
        self._kill_reason = self._kill_reason or reason
        if self._process.pid is not None:
            self._process.kill()

    def _serve(self) -> None:
        sender = threading.Thread(target=self._send_all, name="ishowtts-worker-sender", daemon=True)
        try:
            self._start()
            sender.start()
            self._receive_all()
            self._reap()
            self._outbox.put(None)
            sender.join()
        except Exception as error:
            log.exception("the worker process cannot be started")
            self.kill(f"the worker process could not be started ({type(error).__name__}: {error})")
        finally:
            self._pipe.close()
            self._post(self._end)

    def _start(self) -> None:
        resource_tracker.ensure_running()  # now: starting it later would undo the mask below
        try:
            # The mask is inherited: no Ctrl-C can hit the child before it has said that it ignores it.
            previous = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
            try:
                self._process.start()
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, previous)
        finally:
            self._child_pipe.close()  # else the pipe would never end
        # multiprocessing ends daemons with SIGTERM, which ours ignores; this runs before that.
        atexit.register(self._process.kill)
        if self._kill_reason is not None:  # asked for while there was nothing to kill yet
            self._process.kill()

    def _receive_all(self) -> None:
        try:
            while True:
                self._post(self._on_message, self._pipe.recv())
        except (EOFError, OSError):
            pass
        except Exception:
            log.exception("the worker sent something that cannot be read")
            self.kill("the worker process sent something that cannot be read")

    def _send_all(self) -> None:
        while (message := self._outbox.get()) is not None:
            try:
                self._pipe.send(message)
            except OSError:
                return  # the process is gone; the reader tells

    def _reap(self) -> None:
        self._process.join(END_SECONDS)
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join()
        atexit.unregister(self._process.kill)

    def _post(self, callback: Callable[..., None], *args: Any) -> None:
        try:
            self._loop.call_soon_threadsafe(callback, *args)
        except RuntimeError:  # the loop is closed: nobody is left who could want anything of the worker
            self.kill("the event loop is closed")

    def _end(self) -> None:
        if not self.ended.done():
            self.ended.set_result(
                self._kill_reason or f"the worker process ended with {_describe_exit(self._process.exitcode)}"
            )


def _describe_exit(code: int | None) -> str:
    if code is None or code >= 0:
        return f"exit code {code}"
    with contextlib.suppress(ValueError):  # real-time signals have no name
        return signal.Signals(-code).name
    return f"signal {-code}"
