from __future__ import annotations

from pathlib import Path

import pytest

from ishowtts.bench.performance import LINES_OF_A_RUN, Measured, Run, Spread, as_json, measure, spreads
from ishowtts.bench.yardstick import Yardstick
from tests.api.server import listening
from tests.fakes import FakeFactory


def test_a_spread_is_of_all_values() -> None:
    spread = Spread.of([1.0, 2.0, 3.0, 4.0, 10.0])
    assert (spread.mean, spread.median, spread.best, spread.worst) == (4.0, 3.0, 1.0, 10.0)
    assert spread.cv == pytest.approx(3.1623 / 4, abs=1e-3)
    assert spread.p95 == pytest.approx(8.8)


def test_what_a_slow_machine_does_to_both_is_not_in_the_ratio() -> None:
    quiet, busy = Run(10.0, 3.0, 0.5, 0.1), Run(10.0, 6.0, 1.0, 0.2)
    assert busy.rtf == 2 * quiet.rtf
    assert busy.relative_rtf == pytest.approx(quiet.relative_rtf)
    assert busy.relative_first_audio == pytest.approx(quiet.relative_first_audio)


def test_nothing_measured_has_no_figures() -> None:
    assert spreads(Measured()) == {}
    assert as_json({"a": 1}, Measured(errors={"timeout": 2})) == {
        "a": 1, "lines": 2, "errors": {"timeout": 2}, "memory_mib": {}, "figures": {}, "runs": [],
    }  # fmt: skip


def test_the_yardstick_takes_time() -> None:
    assert Yardstick().measure() > 0


@pytest.mark.anyio
async def test_runs_are_of_a_real_server(tmp_path: Path) -> None:
    ticks: list[str] = []
    async with listening(tmp_path, FakeFactory(step_seconds=0.002)) as served:
        url = f"http://127.0.0.1:{served.port}"
        measured = await measure(url, {}, None, runs=2, warm_up=1, nfe=3, seed=0, tick=ticks.append)
        status = served.worker.status()
    assert len(measured.runs) == 2
    assert len(ticks) == 3
    assert ticks[0] == "warming up"
    assert measured.errors == {}
    assert measured.lines == 2 * LINES_OF_A_RUN
    assert status.restarts == 0
    for run in measured.runs:
        assert 0 < run.first_audio < run.seconds
        assert run.yardstick > 0


@pytest.mark.anyio
async def test_a_server_that_fails_is_counted_and_given_up(tmp_path: Path) -> None:
    async with listening(tmp_path, queue={"max_jobs": 1}, limits={"client_requests": 1}) as served:
        url = f"http://127.0.0.1:{served.port}"
        measured = await measure(url, {}, None, runs=1, warm_up=0, nfe=3, seed=0, tick=lambda done: None)
    assert measured.runs == []
    assert sum(measured.errors.values()) > LINES_OF_A_RUN
