"""The same kind of line said again and again to a server of our own, each beside a yardstick: figures that can be
compared over days, and on a machine that is not idle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from statistics import fmean, pstdev
from typing import Any

import httpx

from ishowtts.bench.chat import chat_lines
from ishowtts.bench.numbers import quantile
from ishowtts.bench.server_process import memory_mib
from ishowtts.bench.speech_client import OK, ask
from ishowtts.bench.yardstick import Yardstick

PATIENCE = 120.0
LINES_OF_A_RUN = 4
"""Lines differ in length; a run has several, so that runs are alike."""


@dataclass(frozen=True)
class Run:
    """Some lines said one after the other. Seconds; `yardstick` is the mean of one before and after each line."""

    audio_seconds: float
    seconds: float
    first_audio: float
    """Mean of the lines."""
    yardstick: float

    @property
    def rtf(self) -> float:
        return self.seconds / self.audio_seconds

    @property
    def relative_rtf(self) -> float:
        """In yardsticks: what a slower hour of the machine does to both, it does not show."""
        return self.rtf / self.yardstick

    @property
    def relative_first_audio(self) -> float:
        return self.first_audio / self.yardstick


@dataclass
class Measured:
    runs: list[Run] = field(default_factory=list)
    errors: dict[str, int] = field(default_factory=dict)
    memory_mib: dict[str, float] = field(default_factory=dict)
    """Of server and worker at the end."""

    @property
    def lines(self) -> int:
        return LINES_OF_A_RUN * len(self.runs) + sum(self.errors.values())


async def measure(
    url: str,
    headers: dict[str, str],
    pid: int | None,
    *,
    runs: int,
    warm_up: int,
    nfe: int,
    seed: int,
    tick: Callable[[str], None],
) -> Measured:
    """`warm_up` runs that do not count, then `runs`. A run with an error is said again, and the error counted."""
    measured, yardstick, lines = Measured(), Yardstick(), chat_lines(seed)
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=None) as client:  # noqa: S113 - `ask` has one
        done = 0
        while done < warm_up + runs:
            said = [next(lines) for _ in range(LINES_OF_A_RUN)]
            run = await _run(client, headers, said, nfe, seed + done, yardstick, measured)
            if run is not None:
                done += 1
                if done > warm_up:
                    measured.runs.append(run)
                tick("warming up" if done <= warm_up else f"RTF {run.rtf:.3f}")
            elif sum(measured.errors.values()) > LINES_OF_A_RUN * (warm_up + runs):
                break
    if pid is not None:
        measured.memory_mib = memory_mib(pid)
    return measured


async def _run(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    lines: Sequence[str],
    nfe: int,
    seed: int,
    yardstick: Yardstick,
    measured: Measured,
) -> Run | None:
    marks = [await asyncio.to_thread(yardstick.measure)]
    audio = seconds = first = 0.0
    for i, text in enumerate(lines):
        # A seed of its own, and the half of the lines in either language: nothing comes from a cache.
        body = {"text": text, "nfe_step": nfe, "seed": (seed * LINES_OF_A_RUN + i) % 2**32}
        told = await ask(client, body, headers, PATIENCE)
        player = told.player
        if told.outcome != OK or player.first is None or player.last is None:
            measured.errors[told.outcome] = measured.errors.get(told.outcome, 0) + 1
            return None
        audio += player.heard
        seconds += player.last - told.sent
        first += player.first - told.sent
        marks.append(await asyncio.to_thread(yardstick.measure))
    return Run(audio, seconds, first / len(lines), fmean(marks))


@dataclass(frozen=True)
class Spread:
    """Of one figure over the runs; `cv` is the coefficient of variation."""

    mean: float
    median: float
    p95: float
    best: float
    worst: float
    cv: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Raises `ValueError` for no values."""
        mean = fmean(values) if values else 0.0
        median, p95 = quantile(values, 0.5), quantile(values, 0.95)
        return cls(mean, median, p95, min(values), max(values), pstdev(values) / mean if mean else 0.0)


FIGURES: dict[str, Callable[[Run], float]] = {
    "rtf": lambda run: run.rtf,
    "first_audio": lambda run: run.first_audio,
    "relative_rtf": lambda run: run.relative_rtf,
    "relative_first_audio": lambda run: run.relative_first_audio,
    "yardstick": lambda run: run.yardstick,
}


def spreads(measured: Measured) -> dict[str, Spread]:
    """By the names of `FIGURES`; none without runs."""
    return (
        {name: Spread.of([of(run) for run in measured.runs]) for name, of in FIGURES.items()} if measured.runs else {}
    )


def as_json(about: dict[str, Any], measured: Measured) -> dict[str, Any]:
    """Everything, down to each run."""
    return {
        **about,
        "lines": measured.lines,
        "errors": measured.errors,
        "memory_mib": {name: round(mib) for name, mib in measured.memory_mib.items()},
        "figures": {name: asdict(spread) for name, spread in spreads(measured).items()},
        "runs": [asdict(run) for run in measured.runs],
    }
