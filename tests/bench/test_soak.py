from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import sys
from pathlib import Path

import pytest

from ishowtts.bench.server_load import Bench, Call, Client, Phase
from ishowtts.bench.soak import Finding, Limits, by_quarter, judge, over_time
from ishowtts.bench.soak_plan import QUARTERS, Plan, lines_alike
from ishowtts.bench.soak_report import findings_table, quarters_table
from ishowtts.bench.speech_client import Try
from tests.api.server import listening
from tests.bench.test_report import shown
from tests.bench.test_server_stats import refused, spoken
from tests.fakes import FakeFactory
from tests.serving.running import PATIENCE, until

SCRIPT = Path(__file__).parents[2] / "scripts" / "soak.py"
PLAN = Plan(seconds=500.0, warm_up=100.0, rate=1.0, seed=3)


def test_every_quarter_has_the_same_arrivals_and_no_text_comes_twice() -> None:
    arrivals, lines = list(PLAN.arrivals()), list(PLAN.lines())
    assert len(arrivals) == len(lines) == len(set(lines))
    assert arrivals == sorted(arrivals)
    quarters = [[at - begin for at in arrivals if begin <= at < begin + 100] for begin in (100, 200, 300, 400)]
    assert len(quarters[0]) > 50
    for other in quarters[1:]:
        assert other == pytest.approx(quarters[0])
    assert any(at < 100 for at in arrivals)


def test_a_plan_needs_no_warm_up() -> None:
    plan = Plan(40.0, 0.0, 1.0, 0)
    assert len(list(plan.arrivals())) == len(list(plan.lines())) > 0


def test_lines_are_alike_from_turn_to_turn_but_not_the_same() -> None:
    turns = [list(itertools.islice(lines_alike(1, turn), 200)) for turn in range(6)]
    assert len({line for turn in turns for line in turn}) == 6 * 200
    lengths = [[len(line) for line in turn] for turn in turns]
    assert all(abs(a - b) < 20 for a, b in zip(*lengths[:2], strict=True))
    assert len(set(lengths[0])) > 50


def phase(worker: list[float], late: list[float], **calls: Call) -> Phase:
    """A call every second; memory and lateness of the warm-up and of each quarter, which are 100 s long."""
    found = Phase("soak", 1.0, None, begun=1000.0, seconds=500.0)
    for second in range(500):
        at, part = 1000.0 + second, second // 100
        # A fifth of them are as late as 0.6 s to 1.6 s more, by turns
        found.calls.append(Call("a", at, [spoken(at, late[part] + second % 5 / 4)]))
        found.weighed.append((at, {"worker": worker[part] + second % 3, "server": 80.0}))
    found.calls += calls.values()
    return found


EVEN = [1.0] * 5
WARM = [900.0, 1000.0, 1010.0, 1005.0, 1010.0]


def findings(found: Phase, replaced: bool = False, plan: Plan = PLAN) -> dict[str, Finding]:
    return {each.what: each for each in judge(by_quarter(found, plan), replaced, Limits())}


def failures(found: Phase, replaced: bool = False) -> list[str]:
    return [what for what, each in findings(found, replaced).items() if not each.passed]


def test_a_server_that_stays_as_it_was_passes() -> None:
    found = phase(WARM, [9.0, 1.0, 1.1, 0.9, 1.1])
    assert failures(found) == []
    assert findings(found)["growth of the worker's memory"].value == pytest.approx(0.01, abs=0.001)
    quarters = by_quarter(found, PLAN)
    assert [each["offered"] for each in quarters] == [100] * 5
    assert quarters[1]["memory_mib"]["worker"] == {"median": 1001.0, "least": 1000.0, "most": 1002.0}


@pytest.mark.parametrize(
    ("worker", "late", "what"),
    [
        ([900.0, 1000.0, 1010.0, 1020.0, 1030.0], EVEN, "growth of the worker's memory"),
        (WARM, [1.0, 1.0, 1.0, 1.0, 2.0], "first audio p95, last quarter over those before"),
    ],
)
def test_a_leak_and_a_slow_down_are_found(worker: list[float], late: list[float], what: str) -> None:
    assert failures(phase(worker, late)) == [what]


@pytest.mark.parametrize(
    "call",
    [
        Call("a", 1050.0, [Try(1050.0, 500, "internal_error", answered=1050.1)]),
        Call("a", 1450.0, [refused(1450.0)], gave_up=True),
    ],
)
def test_one_failure_fails_it_also_while_it_warms_up(call: Call) -> None:
    assert failures(phase(WARM, EVEN, bad=call)) == ["requests that failed"]


def test_who_was_refused_at_first_and_taken_then_is_no_failure() -> None:
    back = Call("a", 1450.0, [refused(1450.0), spoken(1455.0, 1.0)])
    found = phase(WARM, EVEN, back=back)
    assert failures(found) == []
    assert by_quarter(found, PLAN)[4]["refused_first"] == 1


def test_a_worker_that_was_replaced_and_a_call_without_an_end_fail_it() -> None:
    assert failures(phase(WARM, EVEN), replaced=True) == ["workers lost"]
    assert failures(phase(WARM, EVEN, bad=Call("a", 1450.0))) == ["requests nobody answered"]


def test_what_was_not_measured_does_not_pass() -> None:
    found = phase(WARM, EVEN)
    found.weighed = []
    assert failures(found) == ["growth of the worker's memory", "growth of the server's memory"]
    found = phase(WARM, EVEN)
    found.seconds = 250.0
    assert [each["name"] for each in by_quarter(found, PLAN)] == ["warm-up", "quarter 1", "quarter 2"]
    assert len(failures(found)) == 3


def test_memory_over_time_is_thinned_out() -> None:
    points = over_time(phase(WARM, EVEN))
    assert 100 < len(points) <= 240
    assert points[0] == {"minute": 0.0, "worker": 900.0, "server": 80.0}


def test_tables_say_what_failed() -> None:
    found = phase(WARM, EVEN, bad=Call("a", 1450.0, [Try(1450.0, 0, "timeout")]))
    quarters = by_quarter(found, PLAN)
    lines = shown(quarters_table(quarters)).splitlines()
    assert len(lines) == 1 + 1 + QUARTERS
    assert "1 timeout" in lines[-1]
    assert "1011 (1010–1012)" in lines[-1]
    text = shown(findings_table(judge(quarters, False, Limits())))
    assert [line.split()[-1] for line in text.splitlines()[1:]] == [*["passed"] * 3, "FAILED", *["passed"] * 2]


@pytest.mark.anyio
async def test_the_script_passes_a_server_that_stays_and_fails_one_that_grows(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    hoard: list[bytes] = []

    async def leak() -> None:
        while True:
            hoard.append(b"x" * 2**24)
            await asyncio.sleep(0.1)

    async with listening(tmp_path, FakeFactory(step_seconds=0.01), synthesis={"nfe_step": 2}) as served:
        # The server is this very process, and its worker the one child.
        where = ["--url", f"http://127.0.0.1:{served.port}", "--pid", str(os.getpid()), "--json", str(out)]
        usual = ["--minutes", "0.06", "--clients", "2", "--slower", "100000"]
        code, output = await script(*where, *usual, "--calibrate", "5", "--load", "0.3", "--growth", "20")
        assert code == 0, output
        assert "capacity:" in output
        found = json.loads(out.read_text())
        assert found["passed"]
        assert [each["name"] for each in found["quarters"]][-1] == "quarter 4"
        assert found["quarters"][4]["ok"] > 0
        assert found["memory_mib"][0]["worker"] > 10

        leaking = asyncio.create_task(leak())
        code, output = await script(*where, *usual, "--rate", "5", "--growth", "5")
        leaking.cancel()
        assert code == 1, output
        failed = [each["what"] for each in json.loads(out.read_text())["findings"] if not each["passed"]]
        assert failed == ["growth of the server's memory"]

        code, output = await script(*where[:2], "--pid", str(2**22 + 1))
        assert code == 2
        assert "has no worker that can be weighed" in output

        process = await start(*where, "--rate", "5", "--minutes", "10")
        await until(lambda: served.worker.status().running)
        process.send_signal(signal.SIGINT)
        output = (await asyncio.wait_for(process.communicate(), PATIENCE))[0].decode()
        assert process.returncode == 130
        assert not json.loads(out.read_text())["passed"]


@pytest.mark.anyio
async def test_who_is_refused_to_the_end_does_not_hold_it_up(tmp_path: Path) -> None:
    factory = FakeFactory(step_seconds=0.05, max_batch=1)  # 20 texts of seven steps are 7 s
    async with listening(tmp_path, factory, synthesis={"nfe_step": 7}, queue={"max_jobs": 2}) as served:
        load = Bench(f"http://127.0.0.1:{served.port}", [Client("a")], patience=2.0, retry=True)
        found = await load.timed("soak", [0.0] * 20, 0.5)
        await load.close()
    plan = Plan(0.5, 0.0, 1.0, 0)
    assert not all(call.outcome == "ok" for call in found.calls)
    assert findings(found, plan=plan)["requests that failed"].value


async def start(*arguments: str) -> asyncio.subprocess.Process:
    pipe, both = asyncio.subprocess.PIPE, asyncio.subprocess.STDOUT
    return await asyncio.create_subprocess_exec(sys.executable, str(SCRIPT), *arguments, stdout=pipe, stderr=both)


async def script(*arguments: str) -> tuple[int | None, str]:
    process = await start(*arguments)
    output, _ = await asyncio.wait_for(process.communicate(), 2 * PATIENCE)
    return process.returncode, output.decode()
