from __future__ import annotations

import random
from typing import Any

import pytest

from ishowtts.bench.performance import Measured, Run, as_json
from ishowtts.bench.regression import compare, same_machine
from ishowtts.errors import ConfigError

MEMORY = {"server": 150.0, "worker": 1300.0}


def runs(seed: int, slower: float = 1.0, count: int = 12, noise: float = 0.06) -> list[Run]:
    """Of a machine that is up to three times slower from one run to the next, with noise that no yardstick takes."""
    chance = random.Random(seed)
    found = []
    for _ in range(count):
        weather = chance.uniform(1, 3)
        seconds = 3.0 * slower * weather * chance.lognormvariate(0, noise)
        first = 0.6 * slower * weather * chance.lognormvariate(0, noise)
        found.append(Run(10.0, seconds, first, 0.05 * weather))
    return found


def baseline(seed: int = 0) -> dict[str, Any]:
    return as_json({"machine": {}}, Measured(runs(seed), {}, dict(MEMORY)))


def alarms(measured: Measured, before: dict[str, Any] | None = None) -> list[str]:
    return [finding.figure for finding in compare(before or baseline(), measured) if finding.alarm]


@pytest.mark.parametrize("seed", range(1, 11))
def test_clean_repeats_raise_no_alarm(seed: int) -> None:
    assert alarms(Measured(runs(seed), {}, dict(MEMORY))) == []


@pytest.mark.parametrize("seed", range(1, 11))
def test_a_slow_down_of_a_quarter_is_found(seed: int) -> None:
    assert alarms(Measured(runs(seed, slower=1.25), {}, dict(MEMORY))) == ["relative_rtf", "relative_first_audio"]


def test_what_is_faster_is_no_alarm() -> None:
    assert alarms(Measured(runs(1, slower=0.5), {}, {"server": 10.0})) == []


def test_memory_and_errors_count_too() -> None:
    assert alarms(Measured(runs(1), {}, {**MEMORY, "worker": 1600.0})) == ["memory of the worker, MiB"]
    assert alarms(Measured(runs(1), {"http_500": 1}, dict(MEMORY))) == ["errors, share of lines"]


@pytest.mark.parametrize("broken", [{}, {"runs": [{}]}, {"runs": 5}, {**baseline(), "memory_mib": {"server": "x"}}])
def test_what_is_no_baseline_is_told_as_such(broken: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="--save"):
        compare(broken, Measured(runs(1)))


def test_figures_of_another_machine_are_not_compared() -> None:
    here = {"machine": {"cpu": "A", "cores": 2, "system": "Linux", "load": 1}}
    assert same_machine({"machine": {"cpu": "A", "cores": 2, "system": "Linux", "load": 9}}, here)
    assert not same_machine({"machine": {"cpu": "B", "cores": 2, "system": "Linux"}}, here)
    assert not same_machine({}, here)
