"""A real worker process around the fake engine, for the length of a `with`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from ishowtts.serving.process import EngineFactory
from ishowtts.serving.worker import Worker
from ishowtts.settings import QueueSettings
from tests.fakes import FakeFactory

PATIENCE = 60.0
"""Seconds after which a test has failed; never waited for when all is well."""


@asynccontextmanager
async def running(factory: EngineFactory | None = None, *, wait: bool = True, **queue: Any) -> AsyncIterator[Worker]:
    worker = Worker(QueueSettings(**queue), factory or FakeFactory())
    await worker.start()
    try:
        if wait:
            async with asyncio.timeout(PATIENCE):
                await worker.wait_ready()
        yield worker
    finally:
        await worker.stop()


async def until(condition: Callable[[], object]) -> None:
    """Poll what has no event, such as a file or a process table."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.005)


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        if os.path.isdir("/proc/self"):
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def deaf_to(pid: int) -> int:
    """Bit mask of the signals that a process blocks or ignores (Linux)."""
    with open(f"/proc/{pid}/status") as file:
        masks = [int(line.split()[1], 16) for line in file if line.startswith(("SigBlk", "SigIgn"))]
    return masks[0] | masks[1]
