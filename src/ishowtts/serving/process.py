"""The worker process from its first line to its last: load the engine, run the loop, end with the parent."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from ishowtts.engine.job import Engine, Progress, Reference
from ishowtts.errors import SpeechError
from ishowtts.logs import LogStyle
from ishowtts.serving.loop import Inbox, Outbox, run
from ishowtts.serving.messages import FromWorker, LoadFailed, Loading, Ready, Shutdown
from ishowtts.serving.scheduler import Scheduler

log = logging.getLogger(__name__)

EngineFactory = Callable[[Progress], Engine[Any]]
"""Loads the engine, telling how far it is. Picklable: it is called in the worker process."""

LOAD_SHARE = 0.7
"""Part of the progress bar for loading; warming up has the rest."""

GRACE_SECONDS = 1.0
"""Time for a clean end once it is due; the process is then ended, whatever it is doing."""

SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""Sent to the whole process group by Ctrl-C and by systemd; it is for the parent to say when the worker ends."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a worker process is started with."""

    engine_factory: EngineFactory
    warm_references: Sequence[Reference] | None
    """Voices to warm up with; None leaves the warm-up out."""
    max_active: int
    ageing: float
    logs: LogStyle


def main(connection: Connection[Any, Any], assignment: Assignment) -> None:
    """Entry of the spawned process."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)  # blocked by the parent until here
    os.set_inheritable(connection.fileno(), False)  # a child of ours must not keep the parent waiting for our end
    with contextlib.suppress(OSError):  # what `top` shows, where there is a /proc
        Path("/proc/self/comm").write_text("ishowtts-worker")
    replace(assignment.logs, process="worker").apply()
    inbox: Inbox = queue.SimpleQueue()
    threading.Thread(target=_read, args=(connection, inbox), daemon=True).start()
    try:
        _serve(assignment, inbox, _locked(connection.send))
    except (BrokenPipeError, ConnectionResetError):
        return  # the parent is gone, and so are we
    except Exception:
        log.exception("the worker cannot go on")
        sys.exit(1)


def _serve(assignment: Assignment, inbox: Inbox, send: Outbox) -> None:
    try:
        engine = _load(assignment, send)
    except SpeechError as error:  # the parent logs it
        send(LoadFailed(error))
        return
    except Exception as error:
        log.exception("the model cannot be loaded")
        send(LoadFailed(SpeechError(f"{type(error).__name__}: {error}")))
        return
    max_active = assignment.max_active or engine.max_batch
    send(Ready({**engine.describe(), "sample_rate": engine.sample_rate, "max_active": max_active}))
    run(engine, inbox, send, Scheduler(max_active, engine.max_tokens, ageing=assignment.ageing))


def _load(assignment: Assignment, send: Outbox) -> Engine[Any]:
    send(Loading(0.0, "starting"))
    share = LOAD_SHARE if assignment.warm_references is not None else 1.0
    engine = assignment.engine_factory(_progress(send, 0.0, share))
    if assignment.warm_references is not None:
        engine.warm_up(assignment.warm_references, _progress(send, share, 1.0))
    return engine


def _progress(send: Outbox, start: float, end: float) -> Progress:
    """Report onto [start, end] of the whole, and not more often than somebody could see."""
    last = (-1, "")

    def progress(fraction: float, stage: str) -> None:
        nonlocal last
        whole = start + (end - start) * min(1.0, max(0.0, fraction))
        if (mark := (int(whole * 100), stage)) != last:
            last = mark
            send(Loading(whole, stage))

    return progress


def _locked(send: Callable[[Any], None]) -> Outbox:
    """A pipe takes one writer at a time, and a loader may report from a download thread."""
    lock = threading.Lock()

    def locked(message: FromWorker) -> None:
        with lock:
            send(message)

    return locked


def _read(connection: Connection[Any, Any], inbox: Inbox) -> None:
    """Pass messages on to the loop; at Shutdown, or when the parent is gone, see to it that the process ends."""
    try:
        while not isinstance(message := connection.recv(), Shutdown):
            inbox.put(message)
    except (EOFError, OSError):
        log.warning("the parent process is gone; ending")
    inbox.put(Shutdown())
    time.sleep(GRACE_SECONDS)  # the loop sees it before its next move; loading, or a hung step, never would
    os._exit(0)
