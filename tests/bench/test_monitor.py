from __future__ import annotations

import asyncio
import csv
import io
import json
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console

from ishowtts.bench.monitor import DOWN, LIMITS, NUMBERS, READY, Sample, Watch, Window, sample
from ishowtts.bench.monitor_view import BARS, GROUPS, line, sparkline, view
from ishowtts.bench.scrape import Scrape
from tests.api.server import listening
from tests.fakes import FakeFactory
from tests.serving.running import PATIENCE, until

SCRIPT = Path(__file__).parents[2] / "scripts" / "monitor_performance.py"


def some(**values: Any) -> Sample:
    return Sample("2026-01-01T12:00:00.000+00:00", **{"status": READY, **values})


def gpu_scrape(at: float) -> Scrape:
    text = """\
# TYPE tts_gpu_temperature_celsius gauge
tts_gpu_temperature_celsius{gpu="0"} 60.0
tts_gpu_temperature_celsius{gpu="1"} 80.0
# TYPE tts_gpu_clock_hertz gauge
tts_gpu_clock_hertz{gpu="0"} 1.5e+09
# TYPE tts_gpu_memory_bytes gauge
tts_gpu_memory_bytes{gpu="0"} 1.0737418240e+10
# TYPE tts_gpu_memory_size_bytes gauge
tts_gpu_memory_size_bytes{gpu="0"} 2.1474836480e+10
"""
    return Scrape.parse(text, at)


def test_a_window_reaches_back_so_far_and_no_further() -> None:
    window = Window(10.0)
    spans = [window.add(Scrape(float(at), {})) for at in range(0, 40, 4)]
    assert spans[0].seconds == 0
    assert spans[1].seconds == 4
    assert all(10 <= span.seconds < 14 for span in spans[3:])


def test_a_gpu_is_shown_where_there_is_one() -> None:
    found = sample(Window(1.0).add(gpu_scrape(0.0)), READY, 1.0)
    assert (found.gpu_temperature, found.gpu_clock_mhz) == (80, 1500)
    assert (found.gpu_mib, found.gpu_memory_share) == (10_240, 0.5)
    assert found.gpu_share is None
    text = shown(found, [])
    assert "80 °C" in text
    assert "1500 MHz" in text
    assert "temperature" not in shown(some(), [])


def test_every_limit_fires_above_it_and_not_at_it() -> None:
    for name in set(LIMITS) & set(NUMBERS):
        watch = Watch(LIMITS)
        assert watch.look(some(**{name: LIMITS[name]})) == []
        assert watch.look(some(**{name: 1.01 * LIMITS[name]})) == [name]
        assert watch.fired == {name: 1}
    assert set(LIMITS) - set(NUMBERS) == {"worker_growth", "clock_drop"}


def test_a_worker_that_grows_and_one_that_is_lost() -> None:
    watch = Watch(LIMITS)
    assert watch.look(some(status="loading", worker_mib=100.0, worker_restarts=0.0)) == ["not_ready"]
    for _ in range(6):
        assert watch.look(some(worker_mib=1000.0, worker_restarts=0.0)) == []
    assert watch.look(some(worker_mib=1240.0, worker_restarts=0.0)) == []
    assert watch.look(some(worker_mib=1260.0, worker_restarts=0.0)) == ["worker_growth"]
    assert watch.look(some(worker_mib=1400.0, worker_restarts=1.0)) == ["worker_lost"], "the new one counts anew"
    assert watch.look(some(worker_mib=1400.0, worker_restarts=1.0)) == []


def test_a_clock_that_falls_while_there_is_work() -> None:
    watch = Watch(LIMITS)
    assert watch.look(some(gpu_clock_mhz=1900.0, gpu_share=0.9)) == []
    assert watch.look(some(gpu_clock_mhz=300.0, gpu_share=0.0)) == [], "an idle GPU may"
    assert watch.look(some(gpu_clock_mhz=1200.0, gpu_share=0.9)) == ["clock_drop"]


def test_sparklines() -> None:
    assert sparkline([0.0, 7.0, None, 3.5]) == f"{BARS[0]}{BARS[7]} {BARS[4]}"
    assert sparkline([99.0, 100.0]) == BARS[0] + BARS[7]
    assert sparkline([5.0, 5.0]) == BARS[0] * 2
    assert sparkline([None]) == ""


def test_each_number_is_in_the_view_or_one_that_says_more() -> None:
    named = {row.name for rows in GROUPS.values() for row in rows}
    assert set(NUMBERS) - named == {"requests_in_flight", "gpu_memory_share"}
    assert {row.alert for rows in GROUPS.values() for row in rows if row.alert} <= {*LIMITS, "worker_lost"}


def test_the_view_and_the_line_say_what_is_wrong() -> None:
    bad = some(rtf=1.2, rtf_p95=1.5, queue_audio_seconds=12.0, worker_mib=1300.0)
    text = shown(bad, ["rtf_p95"])
    assert "1.50" in text
    assert "rtf_p95 ×3" in text
    assert "ready" in text
    assert line(bad, ["rtf_p95"]) == "12:00:00, ready, RTF 1.20, waits 12.0 s, worker 1300 MiB  ALERT: rtf_p95"


def shown(last: Sample, alerts: list[str]) -> str:
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(view("http://there", "f5-mini", [some(), last], alerts, dict.fromkeys(alerts, 3)))
    return console.export_text()


@pytest.mark.anyio
async def test_the_script_watches_a_server_until_it_is_gone(tmp_path: Path) -> None:
    lines, sheet = tmp_path / "out.jsonl", tmp_path / "out.csv"
    usual = ["--every", "0.1", "--window", "30"]
    async with listening(tmp_path, FakeFactory(step_seconds=0.01)) as served:
        url = f"http://127.0.0.1:{served.port}"
        process = await start("--url", url, *usual, "--jsonl", str(lines), "--csv", str(sheet))
        await until(lambda: lines.exists() and len(lines.read_text().splitlines()) > 1)
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
            for number in range(3):
                await client.post("/tts", json={"text": f"Hello number {number}."})
        seen = len(lines.read_text().splitlines())
        await until(lambda: len(lines.read_text().splitlines()) > seen + 1)
    await until(lambda: DOWN in lines.read_text())
    process.terminate()
    await asyncio.wait_for(process.communicate(), PATIENCE)

    samples = [json.loads(each) for each in lines.read_text().splitlines()]
    before = [each for each in samples if each["status"] == READY]
    assert before[-1]["rtf"] > 0
    assert before[-1]["first_audio_p95"] > 0
    assert before[-1]["worker_mib"] > 10
    assert before[-1]["alerts"] == []
    assert samples[-1]["alerts"] == ["not_ready"]
    with sheet.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["status"] for row in rows] == [each["status"] for each in samples]


@pytest.mark.anyio
async def test_the_exit_code_says_whether_there_was_an_alert(tmp_path: Path) -> None:
    async with listening(tmp_path) as served:
        url = ["--url", f"http://127.0.0.1:{served.port}"]
        code, output = await script(*url, "--seconds", "0.5", "--every", "0.2")
        assert code == 0, output
        assert "ready" in output
        code, output = await script(*url, "--seconds", "0.5", "--every", "0.2", "--limit", "queue_audio_seconds=-1")
        assert code == 1
        assert "alerts: queue_audio_seconds in " in output


@pytest.mark.anyio
async def test_a_server_that_cannot_be_watched_is_an_error_in_words(tmp_path: Path) -> None:
    assert await script("--url", "http://127.0.0.1:1") == (
        2,
        "error: http://127.0.0.1:1 cannot be watched: ConnectError\n",
    )
    async with listening(tmp_path, metrics={"enabled": False}) as served:
        code, output = await script("--url", f"http://127.0.0.1:{served.port}")
    assert code == 2
    assert "metrics.enabled is false" in output


async def start(*arguments: str) -> asyncio.subprocess.Process:
    pipe, both = asyncio.subprocess.PIPE, asyncio.subprocess.STDOUT
    return await asyncio.create_subprocess_exec(sys.executable, str(SCRIPT), *arguments, stdout=pipe, stderr=both)


async def script(*arguments: str) -> tuple[int | None, str]:
    process = await start(*arguments)
    output, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    return process.returncode, output.decode()
