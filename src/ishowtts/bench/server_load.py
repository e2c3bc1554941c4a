"""A running server under load: how much it can do, what comes of a rate of strangers, and of a neighbour who floods it.

One process and one thread for all clients and the probe, so that little of the machine is taken from the server; how
late this process itself was is measured too.
"""

from __future__ import annotations

import asyncio
import itertools
import math
import random
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from ishowtts.bench.arrivals import arrivals_within
from ishowtts.bench.chat import chat_lines
from ishowtts.bench.server_process import memory_mib
from ishowtts.bench.speech_client import OK, Try, ask
from ishowtts.errors import SpeechError

PROBE_SECONDS = 0.1
MEMORY_SECONDS = 1.0
MAX_TRIES = 20
SEEDS = 2**32
OPEN = "open"
"""A call that has no end yet."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Client:
    """Who asks: a key, or only a name in the fields that a server knows."""

    name: str
    headers: dict[str, str] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)


@dataclass
class Call:
    """One wish of one client, from when it was due, with every try."""

    client: str
    due: float
    tries: list[Try] = field(default_factory=list)
    gave_up: bool = False

    @property
    def last(self) -> Try | None:
        return self.tries[-1] if self.tries else None

    @property
    def outcome(self) -> str:
        return self.tries[-1].outcome if self.tries else OPEN


@dataclass
class Phase:
    """All that was seen under one load. Times are of `time.perf_counter`."""

    name: str
    rate: float
    """Requests a second that were meant to be sent."""
    multiple: float | None
    begun: float
    seconds: float
    """Of arrivals; cut short by an interruption."""
    calls: list[Call] = field(default_factory=list)
    audio_seconds: float = 0.0
    """Sound that came while requests arrived."""
    probes: list[float] = field(default_factory=list)
    """Latency of /healthz; infinite where it failed."""
    lags: list[float] = field(default_factory=list)
    """How late this process was to wake up."""
    weighed: list[tuple[float, dict[str, float]]] = field(default_factory=list)
    """When, and resident MiB of each process."""
    cpu_seconds: float = 0.0
    """Of this process, over `elapsed` seconds."""
    elapsed: float = 0.0
    interrupted: bool = False

    @property
    def memory(self) -> dict[str, float]:
        """Most resident MiB of each process."""
        most: dict[str, float] = {}
        for _, weights in self.weighed:
            most |= {name: max(mib, most.get(name, 0.0)) for name, mib in weights.items()}
        return most

    def heard(self, at: float, seconds: float) -> None:
        if at <= self.begun + self.seconds:
            self.audio_seconds += seconds


@dataclass(frozen=True)
class Capacity:
    """What the server can do with as many requests at once as it likes."""

    audio_rate: float
    """Seconds of sound in a second."""
    audio_seconds: float
    """Of one request, on average."""
    requests: int

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.audio_rate / self.audio_seconds


class Bench:
    """Phases one after the other; `phases` has them all, also the one that was interrupted."""

    def __init__(
        self,
        url: str,
        clients: Sequence[Client],
        *,
        pid: int | None = None,
        patience: float = 120.0,
        retry: bool = False,
        seed: int = 0,
        tell: Tell = lambda line: None,
    ) -> None:
        self.phases: list[Phase] = []
        self._url, self._clients, self._pid = url, list(clients), pid
        self._patience, self._retry, self._tell = patience, retry, tell
        self._seed = seed
        self.lines: Iterator[str] = chat_lines(seed)
        """What is said, one after the other."""
        self._http = httpx.AsyncClient(
            base_url=url,
            trust_env=False,
            timeout=None,  # noqa: S113 - `ask` has a limit for all of it
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=100),
        )
        self._probe = httpx.AsyncClient(base_url=url, trust_env=False, timeout=30)

    async def close(self) -> None:
        await self._http.aclose()
        await self._probe.aclose()

    async def capacity(self, seconds: float, at_once: int) -> Capacity:
        """From `at_once` requests that are under way all the time, after a quarter to get going.

        Raises `SpeechError` when nothing is answered.
        """
        phase = self._phase("capacity", 0.0, None, seconds)
        half_way = phase.begun + seconds / 4
        audio = 0.0

        def heard(at: float, sound: float) -> None:
            nonlocal audio
            if half_way <= at <= phase.begun + seconds:
                audio += sound

        async def keep_asking(client: Client) -> None:
            while True:
                call = Call(client.name, time.perf_counter())
                phase.calls.append(call)
                await self._say(call, client, heard, retry=True)
                if call.outcome != OK:
                    await asyncio.sleep(0.5)

        async with self._watched(phase):
            askers = itertools.islice(self._round(), at_once)
            tasks = [asyncio.create_task(keep_asking(client)) for client in askers]
            try:
                await asyncio.sleep(seconds)
            finally:
                await _end(tasks)
        done = [call.tries[-1].player.heard for call in phase.calls if call.outcome == OK]
        if not done or not audio:
            raise SpeechError(f"{self._url} spoke nothing in {seconds:g} s: {_outcomes(phase)}")
        return Capacity(audio / (0.75 * seconds), sum(done) / len(done), len(done))

    async def open_loop(self, rate: float, seconds: float, multiple: float | None = None) -> Phase:
        """Strangers at `rate` requests a second, by turns from every client; then until the last is answered."""
        name = f"{multiple:g}×" if multiple is not None else f"{rate:.2f}/s"
        phase = self._phase(name, rate, multiple, seconds)
        arrivals = zip(arrivals_within(seconds, rate, self._seed + len(self.phases)), self._round(), strict=False)
        await self._run(phase, [self._send(phase, arrivals, self._retry)])
        return phase

    async def timed(self, name: str, arrivals: Iterable[float], seconds: float) -> Phase:
        """Requests at these seconds, by turns from every client; then until the last is answered, but no longer than
        one may take: who is still refused by then was refused for good."""
        phase = self._phase(name, 0.0, None, seconds)
        turns = zip(arrivals, self._round(), strict=False)
        await self._run(phase, [self._send(phase, turns, self._retry, self._patience)])
        return phase

    async def flood(self, polite_every: float, flood_rate: float, seconds: float) -> Phase:
        """The first client now and then; the second, where `flood_rate` is above 0, so often and never waiting."""
        name = "flooded" if flood_rate else "alone"
        phase = self._phase(name, 1 / polite_every + flood_rate, None, seconds)
        polite, rude = itertools.repeat(self._clients[0]), itertools.repeat(self._clients[1])
        jitter = random.Random(self._seed)  # noqa: S311 - of a benchmark
        times = (polite_every * (i + jitter.random()) for i in range(math.ceil(seconds / polite_every)))
        senders = [self._send(phase, zip((at for at in times if at < seconds), polite, strict=False), False)]
        if flood_rate:
            flooding = arrivals_within(seconds, flood_rate, self._seed + 1)
            senders.append(self._send(phase, zip(flooding, rude, strict=False), False))
        await self._run(phase, senders)
        return phase

    # One phase.

    def _phase(self, name: str, rate: float, multiple: float | None, seconds: float) -> Phase:
        phase = Phase(name, rate, multiple, time.perf_counter(), seconds)
        self.phases.append(phase)
        return phase

    def _round(self) -> Iterator[Client]:
        return itertools.cycle(self._clients)

    async def _run(self, phase: Phase, senders: Sequence[Any]) -> None:
        async with self._watched(phase):
            tasks = [asyncio.create_task(sender) for sender in senders]
            try:
                await asyncio.gather(*tasks)
            finally:
                await _end(tasks)

    async def _send(
        self, phase: Phase, arrivals: Iterator[tuple[float, Client]], retry: bool, linger: float | None = None
    ) -> None:
        """Start each call when it is due, whatever became of those before; then wait for all, or `linger` seconds."""
        tasks: set[asyncio.Task[None]] = set()
        try:
            for at, client in arrivals:
                due = phase.begun + at
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                call = Call(client.name, due)
                phase.calls.append(call)
                task = asyncio.create_task(self._say(call, client, phase.heard, retry))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            await asyncio.sleep(max(0.0, phase.begun + phase.seconds - time.perf_counter()))
            if tasks:
                await asyncio.wait(tasks, timeout=linger)
        finally:
            await _end(tasks)

    async def _say(self, call: Call, client: Client, heard: Callable[[float, float], None], retry: bool) -> None:
        # With a seed of its own no answer can come from a recording, whoever asked for the same line before.
        seed = random.randrange(SEEDS)  # noqa: S311 - of a benchmark
        body = {"text": next(self.lines), "seed": seed, **client.fields}
        while True:
            answer = await ask(self._http, body, client.headers, self._patience, heard)
            call.tries.append(answer)
            if not (retry and answer.refused and answer.retry_after is not None):
                return
            if len(call.tries) == MAX_TRIES:
                call.gave_up = True
                return
            await asyncio.sleep(answer.retry_after)

    @asynccontextmanager
    async def _watched(self, phase: Phase) -> AsyncIterator[None]:
        """The probe, the memory and a line now and then, as long as the block lasts."""
        cpu = time.process_time()
        watchers = [asyncio.create_task(watch(phase)) for watch in (self._probing, self._weighing, self._telling)]
        try:
            yield
        except asyncio.CancelledError:
            phase.interrupted = True
            phase.seconds = min(phase.seconds, time.perf_counter() - phase.begun)
            raise
        finally:
            phase.cpu_seconds, phase.elapsed = time.process_time() - cpu, time.perf_counter() - phase.begun
            await _end(watchers)

    async def _probing(self, phase: Phase) -> None:
        while True:
            due = time.perf_counter() + PROBE_SECONDS
            await asyncio.sleep(PROBE_SECONDS)
            sent = time.perf_counter()
            phase.lags.append(sent - due)
            try:
                alive = (await self._probe.get("/healthz")).status_code == 200
            except httpx.HTTPError:
                alive = False
            phase.probes.append(time.perf_counter() - sent if alive else math.inf)

    async def _weighing(self, phase: Phase) -> None:
        while self._pid is not None:
            phase.weighed.append((time.perf_counter(), memory_mib(self._pid)))
            await asyncio.sleep(MEMORY_SECONDS)

    async def _telling(self, phase: Phase) -> None:
        while True:
            await asyncio.sleep(min(60.0, max(1.0, min(5.0, phase.seconds / 4), phase.seconds / 120)))
            self._tell(
                f"{phase.name}: {time.perf_counter() - phase.begun:.0f} of {phase.seconds:g} s, {_outcomes(phase)}"
            )


def _outcomes(phase: Phase) -> str:
    counts: dict[str, int] = {}
    for call in phase.calls:
        counts[call.outcome] = counts.get(call.outcome, 0) + 1
    return ", ".join(f"{count} {outcome}" for outcome, count in counts.items()) or "nothing sent"


async def _end(tasks: Any) -> None:
    ended = list(tasks)
    for task in ended:
        task.cancel()
    await asyncio.gather(*ended, return_exceptions=True)
