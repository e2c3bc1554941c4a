"""What a long run at a steady load showed: did memory stay, did the wait stay, did anything fail?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from ishowtts.bench.server_load import Call, Phase
from ishowtts.bench.server_stats import calls_summary
from ishowtts.bench.soak_plan import QUARTERS, Plan

PROCESSES = ("worker", "server")

POINTS = 240
"""Of memory over time that are written down."""


@dataclass(frozen=True)
class Limits:
    """What a run may show and still pass, as parts of 1."""

    growth: float = 0.02
    """Of the memory of each process, from the first quarter to the last."""
    slower: float = 0.3
    """Of the 95th percentile of first audio, in the last quarter over the median of those before. With equal arrivals
    an hour at 0.8 of the capacity of a healthy server stays below 0.2 (99 of 100 simulated ones)."""


def by_quarter(phase: Phase, plan: Plan) -> list[dict[str, Any]]:
    """Figures of the warm-up and of each quarter; a call belongs to where it was due."""
    edges = [0.0, *(plan.warm_up + number * plan.quarter for number in range(QUARTERS + 1))]
    names = ["warm-up", *(f"quarter {number + 1}" for number in range(QUARTERS))]
    found = []
    for name, begin, end in zip(names, edges, edges[1:], strict=False):
        if begin >= phase.seconds:  # it was interrupted before
            break
        calls = [call for call in phase.calls if begin <= call.due - phase.begun < end]
        weights = [weights for at, weights in phase.weighed if begin <= at - phase.begun < end]
        found.append({"name": name, "begin": begin, "end": end, **_counts(calls), "memory_mib": _memory(weights)})
    return found


def over_time(phase: Phase) -> list[dict[str, float]]:
    """Memory of each process at no more than `POINTS` times, `minute` being when."""
    thin = max(1, -(-len(phase.weighed) // POINTS))
    return [
        {"minute": round((at - phase.begun) / 60, 2), **{name: round(mib, 1) for name, mib in weights.items()}}
        for at, weights in phase.weighed[::thin]
    ]


@dataclass(frozen=True)
class Finding:
    """`value` is None where it could not be measured, which is no pass."""

    what: str
    value: float | None
    limit: float
    percent: bool = True

    @property
    def passed(self) -> bool:
        return self.value is not None and self.value <= self.limit


def judge(quarters: Sequence[dict[str, Any]], worker_replaced: bool, limits: Limits) -> list[Finding]:
    """What decides, of a whole run: `by_quarter` without its warm-up counts, but for errors."""
    measured = [each for each in quarters if each["name"] != "warm-up"]
    whole = len(measured) == QUARTERS
    first, last = measured[0] if whole else {}, measured[-1] if whole else {}
    findings = [
        Finding(f"growth of the {process}'s memory", _growth(first, last, process), limits.growth)
        for process in PROCESSES
    ]
    return [
        *findings,
        Finding("first audio p95, last quarter over those before", _slower(measured) if whole else None, limits.slower),
        Finding("requests that failed", float(sum(sum(each["failed"].values()) for each in quarters)), 0, False),
        Finding("requests nobody answered", float(sum(each["open"] for each in quarters)), 0, False),
        Finding("workers lost", float(worker_replaced), 0, False),
    ]


def _counts(calls: Sequence[Call]) -> dict[str, Any]:
    """A request that was refused is counted apart, and is a failure only when it gave up coming back."""
    figures = calls_summary(calls)
    came_back = [call for call in calls if len(call.tries) > 1]
    given_up = {f"{reason} for good": count for reason, count in figures["refused"].items()}
    return {
        **{key: figures[key] for key in ("offered", "ok", "open", "first_audio", "audio")},
        "failed": {**figures["failed"], **given_up},
        "refused_first": len(came_back),
    }


def _memory(weights: Sequence[dict[str, float]]) -> dict[str, dict[str, float]]:
    found = {}
    for process in PROCESSES:
        mib = [each[process] for each in weights if process in each]
        if mib:
            found[process] = {"median": round(median(mib), 1), "least": round(min(mib), 1), "most": round(max(mib), 1)}
    return found


def _growth(first: dict[str, Any], last: dict[str, Any], process: str) -> float | None:
    try:
        return float(last["memory_mib"][process]["median"] / first["memory_mib"][process]["median"] - 1)
    except KeyError:
        return None


def _slower(quarters: Sequence[dict[str, Any]]) -> float | None:
    known = [each["first_audio"]["p95"] for each in quarters if each["first_audio"]]
    return float(known[-1] / median(known[:-1]) - 1) if len(known) == QUARTERS else None
