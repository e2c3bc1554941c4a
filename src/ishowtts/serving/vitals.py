"""How the machine and the event loop are, looked at now and then."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from ishowtts.serving.gpu import Gpu
from ishowtts.serving.jetson import Jetson
from ishowtts.serving.metrics import Metrics
from ishowtts.serving.nvml import Nvml

log = logging.getLogger(__name__)

LAG_SECONDS = 0.5
"""Between two looks at the event loop: rare enough to cost nothing."""

Reader = Callable[[], list[Gpu]]
"""Reads all GPUs; may block for some milliseconds, and raise anything."""


def find_reader(root: Path = Path("/")) -> Reader | None:
    """What reads the GPUs of this machine; None where there is none that tells. Never raises."""
    if (jetson := Jetson(root)).present:  # first: NVML on a Jetson knows little, where it is there at all
        return jetson.read
    try:
        return Nvml().read
    except Exception as error:  # no driver, no library, no permission: nothing that has to work
        log.debug("no GPU is watched: %s", error)
        return None


async def watch_loop(metrics: Metrics) -> None:
    """For ever: how late the event loop is."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + LAG_SECONDS
        await asyncio.sleep(LAG_SECONDS)
        metrics.loop_lag(max(0.0, loop.time() - due))


async def watch_gpus(metrics: Metrics, seconds: float, find: Callable[[], Reader | None] = find_reader) -> None:
    """Every so many `seconds`, in a thread; ends where there is no GPU. A failure is told once, till it works again."""
    read = await asyncio.to_thread(find)
    failed = False
    while read is not None:
        try:
            metrics.gpus(await asyncio.to_thread(read))
            failed = False
        except Exception as error:
            if not failed:
                log.warning("the GPU cannot be read (%s); trying on", type(error).__name__)
            failed = True
        await asyncio.sleep(seconds)
