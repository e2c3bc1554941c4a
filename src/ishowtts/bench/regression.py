"""Is it slower than it was? Runs of today against stored ones of the same machine, in yardsticks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ishowtts.bench.performance import FIGURES, Measured
from ishowtts.errors import ConfigError

LIMITS = {"relative_rtf": 1.10, "relative_first_audio": 1.15}
"""Times the baseline that the slower end of what is likely may be."""
MEMORY_LIMIT = 1.15
CONFIDENCE = 0.99
RESAMPLES = 4000


@dataclass(frozen=True)
class Finding:
    """One figure against its baseline. `ratio` above 1 is worse; `low` is what it is at least, with 99 % confidence."""

    figure: str
    before: float
    now: float
    ratio: float
    low: float
    limit: float

    @property
    def alarm(self) -> bool:
        """It is worse for certain, and by more than is allowed."""
        return self.low > 1 and self.ratio > self.limit


def compare(baseline: Mapping[str, Any], measured: Measured) -> list[Finding]:
    """Raises `ConfigError` for a baseline that is none."""
    try:
        before = {name: [_value(run, name) for run in baseline["runs"]] for name in LIMITS}
        memory = {str(name): float(mib) for name, mib in baseline["memory_mib"].items()}
        lines, errors = int(baseline["lines"]), sum(baseline["errors"].values())
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError("the baseline was not written by this script: make it again with --save") from error
    findings = [
        _finding(name, before[name], [FIGURES[name](run) for run in measured.runs], limit)
        for name, limit in LIMITS.items()
    ]
    for name, now in measured.memory_mib.items():
        if was := memory.get(name):
            findings.append(Finding(f"memory of the {name}, MiB", was, now, now / was, now / was, MEMORY_LIMIT))
    rate_before, rate = errors / max(1, lines), sum(measured.errors.values()) / max(1, measured.lines)
    worse = 2.0 if rate > rate_before else 1.0  # one error more than there was is one too many
    findings.append(Finding("errors, share of lines", rate_before, rate, worse, worse, 1.0))
    return findings


def same_machine(baseline: Mapping[str, Any], about: Mapping[str, Any]) -> bool:
    """Figures of another one mean nothing here."""
    keys = ("cpu", "cores", "system")
    before, now = baseline.get("machine") or {}, about["machine"]
    return all(before.get(key) == now.get(key) for key in keys)


def _finding(name: str, before: Sequence[float], now: Sequence[float], limit: float) -> Finding:
    """The ratio of medians, and its lower bound by resampling both."""
    old, new = np.asarray(before), np.asarray(now)
    if not old.size or not new.size:
        raise ConfigError("there are no runs to compare")
    rng = np.random.default_rng(0)
    ratios = np.median(rng.choice(new, (RESAMPLES, new.size)), axis=1) / np.median(
        rng.choice(old, (RESAMPLES, old.size)), axis=1
    )
    low = float(np.quantile(ratios, 1 - CONFIDENCE))
    return Finding(
        name, float(np.median(old)), float(np.median(new)), float(np.median(new) / np.median(old)), low, limit
    )


def _value(run: Mapping[str, float], name: str) -> float:
    if name == "relative_rtf":
        return run["seconds"] / run["audio_seconds"] / run["yardstick"]
    return run["first_audio"] / run["yardstick"]
