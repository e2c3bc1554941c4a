"""One request to a running server, and all that a listener can tell of its answer."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from ishowtts.bench.player import Player

OK = "ok"
BYTES_PER_SAMPLE = 2
USUAL_RATE = 24_000


@dataclass
class Try:
    """One request; times are of `time.perf_counter`."""

    sent: float
    status: int = 0
    outcome: str = "no_answer"
    """`ok`, the error's code, or how the connection failed."""
    retry_after: float | None = None
    answered: float | None = None
    """When the status was there."""
    queue_seconds: float | None = None
    player: Player = field(default_factory=Player)

    @property
    def refused(self) -> bool:
        """The server chose not to do it now: another time it may."""
        return self.status in (429, 503)


Heard = Callable[[float, float], None]
"""Told of each piece of sound: when, and how many seconds."""


async def ask(
    client: httpx.AsyncClient,
    body: Mapping[str, Any],
    headers: Mapping[str, str],
    patience: float,
    heard: Heard = lambda at, seconds: None,
) -> Try:
    """POST /tts, the sound as it is made. Never raises for what a server can do wrong."""
    told = Try(time.perf_counter())
    request = {**body, "stream": "audio", "format": "pcm"}
    try:
        async with asyncio.timeout(patience):
            async with client.stream("POST", "/tts", json=request, headers=headers) as response:
                told.answered, told.status = time.perf_counter(), response.status_code
                if response.status_code == 200:
                    await _listen(response, told, heard)
                else:
                    await _error(response, told)
    except TimeoutError:
        told.outcome = "timeout"
    except httpx.HTTPError as error:
        told.outcome = f"cut_off ({type(error).__name__})" if told.status else f"connection ({type(error).__name__})"
    return told


async def _listen(response: httpx.Response, told: Try, heard: Heard) -> None:
    told.queue_seconds = _timing(response.headers.get("server-timing", ""), "queue")
    rate = re.search(r"rate=(\d+)", response.headers.get("content-type", ""))
    per_second = BYTES_PER_SAMPLE * (int(rate[1]) if rate else USUAL_RATE)
    async for data in response.aiter_raw():
        at, seconds = time.perf_counter(), len(data) / per_second
        told.player.feed(at, seconds)
        heard(at, seconds)
    told.outcome = OK if told.player.heard else "no_sound"


async def _error(response: httpx.Response, told: Try) -> None:
    await response.aread()
    told.outcome = f"http_{response.status_code}"
    with contextlib.suppress(ValueError, KeyError, TypeError):  # a proxy's own page
        told.outcome = str(response.json()["error"]["code"])
    after = response.headers.get("retry-after", "")
    told.retry_after = float(after) if after.isdigit() else None


def _timing(header: str, name: str) -> float | None:
    """Seconds of one entry of a Server-Timing header."""
    found = re.search(rf"(?:^|,)\s*{name};dur=([0-9.]+)", header)
    return float(found[1]) / 1000 if found else None
