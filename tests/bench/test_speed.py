"""The whole benchmark, with tiny weights."""

import io
import json
from functools import partial
from pathlib import Path

import pytest
import torch
from rich.console import Console

from ishowtts.bench import speed_report
from ishowtts.bench.memory import memory
from ishowtts.bench.rates import data_sheet, gemm_tflops
from ishowtts.bench.setup import Setup
from ishowtts.bench.single import Single
from ishowtts.bench.speed import Bench, Found, Plan
from ishowtts.engine.catalog import F5_MINI
from ishowtts.errors import SpeechError
from tests.bench.tiny import SETUP, weights

PLAN = Plan(
    systems=("upstream", "ours-eager"),
    loaded=("upstream", "ours-eager"),
    nfe=2,
    nfe32=True,
    texts=2,
    concurrency=(1, 2),
    rates=(1.5,),
    requests=3,
    long_seconds=6.0,
)


def test_every_part_and_its_table(tmp_path: Path) -> None:
    bench = Bench(SETUP, PLAN, tmp_path, lambda fraction, stage: None, weights())
    ticks: list[str] = []
    bench.single(ticks.append)
    bench.count_launches(ticks.append)
    bench.load(ticks.append)
    bench.long(ticks.append)
    found = bench.finish()
    assert len(ticks) == bench.ticks(["single", "load", "long"])

    order = [(single.entrant, single.line) for single in found.singles]
    names = ["upstream@2", "ours-eager@2", "upstream@32"]
    assert order == [(name, line) for line in ("en-00", "en-01") for name in names], "by turns, text by text"
    seconds = {single.audio_seconds for single in found.singles}
    assert max(seconds) - min(seconds) == pytest.approx(256 / 24_000)

    assert found.launches["ours-eager"].operators < found.launches["upstream"].operators
    assert found.launches["upstream"].operators > 50
    assert found.launches["upstream"].compiled == 0
    assert [load.pair for load in found.loads[::2]] == [("burst", 1, 0), ("burst", 2, 0), ("poisson", 1.5, 0)]
    assert [len(load.latencies) for load in found.loads] == [1, 1, 2, 2, 3, 3]
    assert [(long.system, long.cut) for long in found.longs] == [
        ("upstream", "server"),
        ("upstream", "f5_tts"),
        ("ours-eager", "server"),
    ]

    shown = [speed_report.single_table(found), speed_report.load_table(found), speed_report.long_table(found, 6.0)]
    out = io.StringIO()
    for table in shown:
        Console(file=out, width=200).print(table)
    assert "Poisson, 1.5 per service time" in out.getvalue()
    document = json.loads(json.dumps(speed_report.as_json({"model": "tiny"}, found, bench.shape)))
    assert len(document["singles"]) == 6
    assert document["singles"][0]["flops_per_step"] > 1e6


def test_ratios_are_of_pairs_at_the_same_number_of_steps() -> None:
    found = Found(runs={"upstream": "fp32, eager", "ours": "bf16, compiled"})
    for line, base, own in (("a", 2.0, 1.0), ("b", 30.0, 10.0), ("c", 4.0, 1.0)):
        found.singles += [single("upstream@7", line, base), single("ours@7", line, own)]
        found.singles.append(single("upstream@32", line, 4 * base))
    rows = cells(speed_report.single_table(found))
    assert [row[7] for row in rows] == ["1.00", "3.00", "0.25"]
    assert rows[1][4:6] == ["0.5000", "4.5500"]


def test_a_system_that_does_not_run_is_told_and_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError("no compiler here\nand more")

    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend=broken))
    plan = Plan(systems=("upstream", "upstream-compiled"), loaded=(), nfe=2)
    bench = Bench(SETUP, plan, tmp_path, lambda fraction, stage: None, weights())
    assert list(bench.systems) == ["upstream"]
    bench.single(lambda done: None)
    last = cells(speed_report.single_table(bench.finish()))[-1]
    assert last[0] == "upstream-compiled"
    assert last[1].startswith("does not run: ")
    assert "no compiler here" in last[1]


def test_the_rate_of_this_machine_and_of_a_card() -> None:
    assert gemm_tflops(torch.device("cpu"), torch.float32, seconds=0.0) > 0
    assert data_sheet("NVIDIA H200 NVL") == 989.0
    assert data_sheet("NVIDIA L40S") == 362.0
    assert data_sheet("some card") is None


@pytest.mark.slow
def test_memory_of_a_process_of_its_own() -> None:
    if not (F5_MINI / "model.safetensors").exists():
        pytest.skip("the weights of f5-mini are not in this checkout")
    found = memory(Setup(device="cpu", threads=1), "ours-eager", nfe=1, texts=1)
    assert 100 < found.loaded <= found.peak < 4000


@pytest.mark.slow
def test_a_process_that_cannot_load_says_why() -> None:
    with pytest.raises(SpeechError, match="no shape is called 'F6'"):
        memory(Setup(random_weights="F6"), "ours", 2)


def single(entrant: str, line: str, seconds: float) -> Single:
    nfe = int(entrant.split("@")[1])
    return Single(entrant, line, 0, nfe, 100, 2, 2.0, seconds, seconds, seconds / 2)


def cells(table: object) -> list[list[str]]:
    columns = [list(column.cells) for column in table.columns]  # type: ignore[attr-defined]
    return [list(row) for row in zip(*columns, strict=True)]
