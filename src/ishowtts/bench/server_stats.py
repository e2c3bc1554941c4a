"""What was seen of a server, in figures."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from ishowtts.bench.numbers import quantile
from ishowtts.bench.server_load import OPEN, Call, Capacity, Phase
from ishowtts.bench.speech_client import OK

CONTINUOUS_SECONDS = 0.02
"""A gap that nobody hears."""


def spread(values: Iterable[float]) -> dict[str, float | int] | None:
    """Count, percentiles and the worst; None without values."""
    known = list(values)
    if not known:
        return None
    figures = {f"p{q}": quantile(known, q / 100) for q in (50, 90, 95, 99)}
    return {"n": len(known), **{k: _rounded(v) for k, v in {**figures, "max": max(known)}.items()}}


def summary(phase: Phase) -> dict[str, Any]:
    """Everything of one phase, as JSON can hold it."""
    return {
        "name": phase.name,
        "rate": _rounded(phase.rate),
        "multiple": phase.multiple,
        "seconds": _rounded(phase.seconds),
        "interrupted": phase.interrupted,
        **calls_summary(phase.calls),
        "audio_seconds_per_second": _rounded(phase.audio_seconds / phase.seconds) if phase.seconds else None,
        "healthz": probes(phase.probes),
        "client_lag": spread(phase.lags),
        "client_cpu": _rounded(phase.cpu_seconds / phase.elapsed) if phase.elapsed else None,
        "memory_mib": {name: round(mib) for name, mib in phase.memory.items()},
    }


def calls_summary(calls: Sequence[Call]) -> dict[str, Any]:
    """`refused` and `failed` count the ends of calls by reason; a call that was taken at its second try is `ok`, and
    one that an interruption caught on its way is `open`.

    Times count from when a request was due, or, where it was refused first, from the try that was taken.
    """
    done = [call.tries[-1] for call in calls if call.outcome == OK]
    began = {id(call.tries[-1]): _began(call) for call in calls if call.outcome == OK}
    first, total, works, rtf = [], [], [], []
    for each in done:
        player, start = each.player, began[id(each)]
        if player.first is None or player.last is None:
            continue
        first.append(player.first - start)
        total.append(player.last - start)
        works.append(player.heard)
        rtf.append((player.last - start - (each.queue_seconds or 0.0)) / player.heard)
    ends = [(call.outcome, call.last is not None and call.last.refused) for call in calls]
    return {
        "offered": len(calls),
        "ok": len(done),
        "refused": dict(Counter(outcome for outcome, refused in ends if refused)),
        "failed": dict(Counter(outcome for outcome, refused in ends if not refused and outcome not in (OK, OPEN))),
        "open": sum(outcome == OPEN for outcome, _ in ends),
        "first_audio": spread(first),
        "total": spread(total),
        "queue": spread(each.queue_seconds for each in done if each.queue_seconds is not None),
        "audio": spread(works),
        "rtf": spread(rtf),
        "playing": {
            "continuous": _rounded(sum(each.player.deficit <= CONTINUOUS_SECONDS for each in done) / len(done)),
            "with_gaps": sum(each.player.deficit > CONTINUOUS_SECONDS for each in done),
            "deficit": spread(each.player.deficit for each in done),
        }
        if done
        else None,
        "refusal": spread(
            each.answered - each.sent
            for call in calls
            for each in call.tries
            if each.refused and each.answered is not None
        ),
        "retry_after": retries(calls),
    }


def retries(calls: Sequence[Call]) -> dict[str, Any] | None:
    """How true the first Retry-After was; None where nobody was refused, or nobody came back.

    `ratio` is the time until the call was taken over the time told at its first refusal: 1 is true, 2 is twice as long.
    Nobody comes back before the time told, so one that was told too long shows in `then_first_audio`: it is short.
    """
    back = [call for call in calls if len(call.tries) > 1 and call.tries[0].retry_after]
    if not back:
        return None
    taken = [call for call in back if not call.tries[-1].refused]
    ratios = [
        (call.tries[-1].sent - (call.tries[0].answered or call.tries[0].sent)) / (call.tries[0].retry_after or 1.0)
        for call in taken
    ]
    return {
        "came_back": len(back),
        "taken": len(taken),
        "taken_at_first_return": sum(len(call.tries) == 2 for call in taken),
        "gave_up": sum(call.gave_up for call in calls),
        "told": spread(call.tries[0].retry_after or 0.0 for call in back),
        "ratio": spread(ratios),
        "then_first_audio": spread(
            call.tries[-1].player.first - call.tries[-1].sent
            for call in taken
            if call.tries[-1].player.first is not None
        ),
        "tries": spread(float(len(call.tries)) for call in back),
    }


def probes(latencies: Sequence[float]) -> dict[str, Any] | None:
    answered = [each for each in latencies if math.isfinite(each)]
    figures = spread(answered)
    if figures is None and not latencies:
        return None
    return {**(figures or {"n": 0}), "failed": len(latencies) - len(answered)}


def of_capacity(capacity: Capacity) -> dict[str, Any]:
    return {
        "audio_seconds_per_second": _rounded(capacity.audio_rate),
        "requests_per_second": _rounded(capacity.rate),
        "audio_seconds_of_a_request": _rounded(capacity.audio_seconds),
        "answered": capacity.requests,
    }


def by_client(phase: Phase) -> dict[str, dict[str, Any]]:
    """The same figures for each client alone."""
    names = sorted({call.client for call in phase.calls})
    return {name: calls_summary([call for call in phase.calls if call.client == name]) for name in names}


def _began(call: Call) -> float:
    return call.due if len(call.tries) == 1 else call.tries[-1].sent


def _rounded(value: float) -> float:
    return float(f"{value:.4g}") if math.isfinite(value) else value
