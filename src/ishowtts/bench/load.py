"""Many requests: all at once, or as strangers send them, whether or not the last one has been answered."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ishowtts.bench.servers import Outcome, Server
from ishowtts.engine.job import Job
from ishowtts.errors import SynthesisFailed
from ishowtts.serving.claim import USUAL, Claim


@dataclass(frozen=True)
class Load:
    """`level` requests at once, or `level` arrivals in the time that upstream takes for one request.

    `latencies` are seconds from when a request was due to its last sample, in order of arrival; `makespan` is from the
    first arrival to the last sample.
    """

    system: str
    kind: Literal["burst", "poisson"]
    level: float
    round: int
    audio_seconds: float
    makespan: float
    latencies: tuple[float, ...]

    @property
    def pair(self) -> tuple[str, float, int]:
        return self.kind, self.level, self.round

    @property
    def throughput(self) -> float:
        """Seconds of audio for each second."""
        return self.audio_seconds / self.makespan


def drive(
    server: Server, jobs: Sequence[Job], arrivals: Sequence[float], claims: Sequence[Claim] = ()
) -> tuple[float, dict[str, Outcome]]:
    """Submit each job at its time and wait for all. Returns when the first was due, and the outcome of each.

    `claims` are the jobs' parts in the queue; without them all are alike.
    Raises `SynthesisFailed` for the first that has no sound: figures of such a run would mean nothing.
    """
    start = time.perf_counter()
    for job, at, claim in zip(jobs, arrivals, claims or [USUAL] * len(jobs), strict=True):
        time.sleep(max(0.0, start + at - time.perf_counter()))
        server.submit(job, claim)
    outcomes: dict[str, Outcome] = {}
    while len(outcomes) < len(jobs):
        outcome = server.done.get()
        if outcome.error is not None:
            raise SynthesisFailed(f"{outcome.job_id or 'the loop'}: {outcome.error}") from outcome.error
        outcomes[outcome.job_id] = outcome
    return start, outcomes


def measure(
    name: str,
    server: Server,
    kind: Literal["burst", "poisson"],
    level: float,
    jobs: Sequence[Job],
    arrivals: Sequence[float],
    number: int = 0,
) -> Load:
    """One run of `drive` in figures; `number` is that of the round."""
    start, outcomes = drive(server, jobs, arrivals)
    return Load(
        system=name,
        kind=kind,
        level=level,
        round=number,
        audio_seconds=sum(outcome.audio_seconds for outcome in outcomes.values()),
        makespan=max(outcome.at for outcome in outcomes.values()) - start,
        latencies=tuple(outcomes[job.id].at - start - at for job, at in zip(jobs, arrivals, strict=True)),
    )
