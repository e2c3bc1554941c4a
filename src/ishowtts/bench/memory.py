"""Peak memory of a process that has loaded one system and nothing else."""

from __future__ import annotations

import multiprocessing
import resource
import sys
import tempfile
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch

from ishowtts.bench.lines import lines
from ishowtts.bench.setup import Setup
from ishowtts.bench.systems import Maker
from ishowtts.bench.weights import load
from ishowtts.engine.device import set_threads
from ishowtts.errors import SpeechError


@dataclass(frozen=True)
class Memory:
    """In MiB: on CUDA allocated by torch, else the resident set of the process, Python and torch with it."""

    loaded: float
    peak: float


def memory(setup: Setup, name: str, nfe: int, texts: int = 3) -> Memory:
    """Loaded and warm, and while it said some texts. Raises `SpeechError` when the child does not get there."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(theirs, setup, name, nfe, texts), daemon=True)
    process.start()
    theirs.close()
    try:
        answer = ours.recv()
    except EOFError:
        answer = "it ended early"
    finally:
        process.kill()  # also when we are interrupted
        process.join()
    if not isinstance(answer, Memory):
        raise SpeechError(f"the memory of {name} could not be measured: {answer}")
    return answer


def _child(connection: Connection[Any, Any], setup: Setup, name: str, nfe: int, texts: int) -> None:
    try:
        connection.send(_measure(setup, name, nfe, texts))
    except KeyboardInterrupt:
        connection.send("interrupted")
    except Exception as error:
        connection.send(f"{type(error).__name__}: {error}")


def _measure(setup: Setup, name: str, nfe: int, texts: int) -> Memory:
    set_threads(setup.threads)
    with tempfile.TemporaryDirectory() as folder:
        pool = lines(setup, Path(folder))[: texts + 1]
        maker = Maker(load(setup, lambda fraction, stage: None), setup)
        system = maker.make(name)
        on_card = maker.device.type == "cuda"
        system.say(pool[0].job("warm-up", 2, 0))
        loaded = _now(on_card)
        for i, line in enumerate(pool[1:]):
            system.say(line.job(line.id, nfe, i))
        return Memory(loaded, _peak(on_card))


def _now(on_card: bool) -> float:
    return torch.cuda.memory_allocated() / 2**20 if on_card else _status("VmRSS") or _usage()


def _peak(on_card: bool) -> float:
    return torch.cuda.max_memory_allocated() / 2**20 if on_card else _status("VmHWM") or _usage()


def _status(field: str) -> float | None:
    """Of Linux, which counts the peak from the start of this program; `getrusage` knows the parent's as well."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 2**10 for line in lines if line.startswith(f"{field}:")), None)


def _usage() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
