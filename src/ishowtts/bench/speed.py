"""The benchmark of the engine against upstream, part by part."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import torch

from ishowtts.bench import load as loads
from ishowtts.bench import long_text
from ishowtts.bench.arrivals import poisson_arrivals
from ishowtts.bench.flops import Shape
from ishowtts.bench.lines import Line, lines, long_line, turn
from ishowtts.bench.load import Load
from ishowtts.bench.long_text import LongText
from ishowtts.bench.memory import Memory, memory
from ishowtts.bench.operators import Launches, launches
from ishowtts.bench.rates import gemm_tflops
from ishowtts.bench.servers import Server, serve
from ishowtts.bench.setup import Setup
from ishowtts.bench.single import Entrant, Single, rounds
from ishowtts.bench.system import System
from ishowtts.bench.systems import UPSTREAM, Maker
from ishowtts.bench.weights import Weights, load
from ishowtts.engine.features import SAMPLE_RATE
from ishowtts.engine.job import Progress
from ishowtts.errors import SpeechError

log = logging.getLogger(__name__)

Ticker = Callable[[str], None]
UPSTREAM_NFE = 32  # what f5_tts uses when nobody asks


@dataclass(frozen=True)
class Plan:
    """What is to be measured, and how much of it."""

    systems: Sequence[str]
    loaded: Sequence[str]
    """Those that are also given several requests at once."""
    nfe: int = 7
    nfe32: bool = False
    texts: int = 8
    repeat: int = 1
    concurrency: Sequence[int] = (1, 2, 4, 8, 16)
    rates: Sequence[float] = (0.7, 1.5)
    requests: int = 12
    """Arrivals at each of the rates."""
    long_seconds: float = 30.0


@dataclass
class Found:
    """All figures; what was not measured is empty. `failed` says why a system has none."""

    singles: list[Single] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)
    longs: list[LongText] = field(default_factory=list)
    launches: dict[str, Launches] = field(default_factory=dict)
    memory: dict[str, Memory] = field(default_factory=dict)
    gemm: dict[str, float] = field(default_factory=dict)
    """TFLOP/s by the system whose dtype it was."""
    runs: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    system_load: dict[str, float] = field(default_factory=dict)

    def of(self, entrant: str) -> list[Single]:
        return [single for single in self.singles if single.entrant == entrant]


class Bench:
    """Systems loaded and warm, and a part of the benchmark at each call."""

    def __init__(
        self, setup: Setup, plan: Plan, folder: Path, progress: Progress, weights: Weights | None = None
    ) -> None:
        """`folder` holds made-up clips for as long as the benchmark runs. Raises `CheckpointError`, `ConfigError`."""
        self.setup, self.plan = setup, plan
        self.found = Found(system_load={"before": os.getloadavg()[0]})
        self.pool = lines(setup, folder)
        self.weights = weights or load(setup, progress)
        self.maker = Maker(self.weights, setup)
        self.shape = Shape.of(self.weights.dit)
        self.systems: dict[str, System] = {}
        for done, name in enumerate(plan.systems):
            progress(done / len(plan.systems), f"warming up {name}")
            self._start(name)

    @property
    def device(self) -> torch.device:
        return self.maker.device

    def _start(self, name: str) -> None:
        """Two texts of different lengths; a system that cannot say them is left out, and `failed` has the reason."""
        try:
            system = self.maker.make(name)
            for line in sorted(self.pool[:6], key=lambda each: len(each.text))[::5]:
                system.say(line.job("warm-up", self.plan.nfe, seed=0))
        except Exception as error:
            if isinstance(error, SpeechError):
                raise
            log.debug("%s does not run", name, exc_info=True)
            self.found.failed[name] = f"{type(error).__name__}: {' '.join(str(error).split())[:160]}"
            return
        self.systems[name] = system
        self.found.runs[name] = system.runs

    def entrants(self) -> list[Entrant]:
        entrants = [Entrant(system, self.plan.nfe) for system in self.systems.values()]
        if self.plan.nfe32 and UPSTREAM in self.systems:
            entrants.append(Entrant(self.systems[UPSTREAM], UPSTREAM_NFE))
        return entrants

    def single(self, tick: Ticker) -> None:
        """One request at a time."""
        chosen = turn(self.pool, 0, self.plan.texts)
        self.found.singles += rounds(self.entrants(), chosen, self.plan.repeat, SAMPLE_RATE, tick)

    def count_launches(self, tick: Ticker) -> None:
        for name, system in self.systems.items():
            self.found.launches[name] = launches(system, self.pool[0], self.device)
            tick(f"operators of {name}")

    def load(self, tick: Ticker) -> None:
        """Bursts, then arrivals at random; needs `single` for how long upstream takes."""
        plan = self.plan
        with self._servers() as servers:
            for number in range(plan.repeat):
                start = plan.texts
                for count in plan.concurrency:
                    chosen = turn(self.pool, start, count)
                    start += count
                    self._loads(servers, "burst", count, chosen, [0.0] * count, number, tick)
                for rate in plan.rates:
                    chosen = turn(self.pool, start, plan.requests)
                    start += plan.requests
                    arrivals = poisson_arrivals(plan.requests, rate / self.service_seconds(), seed=number)
                    self._loads(servers, "poisson", rate, chosen, arrivals, number, tick)

    def long(self, tick: Ticker) -> None:
        """Half a minute of text; upstream also with chunks of its own size."""
        line, nfe = long_line(self.pool, self.plan.long_seconds), self.plan.nfe
        with self._servers() as servers:
            for number in range(self.plan.repeat):
                for name, server in servers.items():
                    cuts = {"server": long_text.server_pieces(line.text)}
                    if name.startswith(UPSTREAM):
                        cuts["f5_tts"] = long_text.upstream_pieces(line)
                    for cut, pieces in cuts.items():
                        self.found.longs.append(long_text.measure(name, server, cut, pieces, line, nfe, number))
                        tick(f"long text, {name}")

    def limits(self, tick: Ticker) -> None:
        """How fast the machine multiplies, and memory, each system in a process of its own."""
        rates: dict[torch.dtype, float] = {}
        for name, system in self.systems.items():
            if system.dtype not in rates:
                rates[system.dtype] = gemm_tflops(self.device, system.dtype)
            self.found.gemm[name] = rates[system.dtype]
        for name in self.systems:
            self.found.memory[name] = memory(self.setup, name, self.plan.nfe)
            tick(f"memory of {name}")

    def finish(self) -> Found:
        self.found.system_load["after"] = os.getloadavg()[0]
        return self.found

    def service_seconds(self) -> float:
        """What a request takes upstream when it is alone, by `single`; without upstream, the first system."""
        name = UPSTREAM if UPSTREAM in self.systems else next(iter(self.systems))
        return median(single.seconds for single in self.found.of(Entrant(self.systems[name], self.plan.nfe).key))

    def ticks(self, parts: Sequence[str]) -> int:
        """How often `tick` is called for these parts."""
        plan, loaded = self.plan, [name for name in self.plan.loaded if name in self.systems]
        cuts = sum(2 if name.startswith(UPSTREAM) else 1 for name in loaded)
        counts = {
            "single": (len(self.entrants()) * plan.texts * plan.repeat) + len(self.systems),
            "load": plan.repeat * len(loaded) * (len(plan.concurrency) + len(plan.rates)),
            "long": plan.repeat * cuts,
            "limits": len(self.systems),
        }
        return sum(counts[part] for part in parts)

    @contextmanager
    def _servers(self) -> Iterator[dict[str, Server]]:
        """Each with its thread warm: torch starts other threads for every one that calls it."""
        servers = {name: serve(self.systems[name]) for name in self.plan.loaded if name in self.systems}
        try:
            for server in servers.values():
                loads.drive(server, [self.pool[0].job("warm-up", 2, 0)], [0.0])
            yield servers
        except KeyboardInterrupt:  # the process is about to end, and nobody wants to wait for a server
            servers.clear()
            raise
        finally:
            for server in servers.values():
                server.close()

    def _loads(
        self,
        servers: dict[str, Server],
        kind: Any,
        level: float,
        chosen: Sequence[Line],
        arrivals: Sequence[float],
        number: int,
        tick: Ticker,
    ) -> None:
        jobs = [line.job(f"{kind}-{i}", self.plan.nfe, seed=i) for i, line in enumerate(chosen)]
        for name, server in servers.items():
            self.found.loads.append(loads.measure(name, server, kind, level, jobs, arrivals, number))
            tick(f"{kind} {level:g}, {name}")
