"""The load generator against a real server with an engine whose speed is known."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from ishowtts.bench.server_load import Bench, Client
from ishowtts.bench.server_stats import by_client, summary
from ishowtts.errors import SpeechError
from tests.api.server import Served, listening
from tests.fakes import FakeFactory
from tests.serving.running import PATIENCE, until

pytestmark = pytest.mark.anyio

SCRIPT = Path(__file__).parents[2] / "scripts" / "bench_server.py"
TWO = [Client("polite"), Client("rude")]


def bench(served: Served, **more: Any) -> Bench:
    return Bench(f"http://127.0.0.1:{served.port}", TWO, patience=PATIENCE, seed=1, **more)


async def test_an_open_loop_is_answered_and_measured(tmp_path: Path) -> None:
    async with listening(tmp_path, synthesis={"nfe_step": 1}) as served:
        load = bench(served, pid=os.getpid())
        phase = await load.open_loop(20.0, 2.0, 0.5)
        await load.close()
    found = summary(phase)
    assert 20 < found["offered"] < 60
    assert found["ok"] == found["offered"]
    assert found["refused"] == found["failed"] == {}
    assert found["first_audio"]["n"] == found["queue"]["n"] == found["ok"]
    assert found["audio"]["max"] > 1
    assert found["healthz"]["n"] > 5
    assert found["healthz"]["failed"] == 0
    assert found["memory_mib"]["server"] > 10
    assert set(by_client(phase)) == {"polite", "rude"}


async def test_capacity_is_what_the_engine_can_do(tmp_path: Path) -> None:
    async with listening(tmp_path, FakeFactory(step_seconds=0.05), synthesis={"nfe_step": 4}) as served:
        load = bench(served)
        capacity = await load.capacity(4.0, 8)
        await load.close()
        await served.idle()
    # Four jobs in a batch, four steps of at least 0.05 s: 20 segments a second at most.
    assert 0.5 < capacity.audio_seconds < 8
    assert 0 < capacity.rate < 20


async def test_who_is_refused_is_counted_and_may_come_back(tmp_path: Path) -> None:
    factory = FakeFactory(step_seconds=0.05, max_batch=1)
    async with listening(tmp_path, factory, synthesis={"nfe_step": 2}, queue={"max_jobs": 8}) as served:
        load = bench(served)
        gone = summary(await load.open_loop(40.0, 1.0, 3.0))
        await served.idle()
        load = bench(served, retry=True)
        back = summary(await load.open_loop(40.0, 1.0, 3.0))
        await load.close()
    assert gone["refused"]["queue_full"] > 0
    assert gone["ok"] + sum(gone["refused"].values()) == gone["offered"]
    assert gone["retry_after"] is None
    assert gone["refusal"]["n"] == sum(gone["refused"].values())
    assert back["retry_after"]["taken"] > 0
    assert back["retry_after"]["ratio"]["p50"] >= 1
    assert back["ok"] + back["retry_after"]["gave_up"] == back["offered"]


async def test_a_flood_beside_a_polite_client(tmp_path: Path) -> None:
    factory = FakeFactory(step_seconds=0.02)
    async with listening(tmp_path, factory, synthesis={"nfe_step": 2}, queue={"max_jobs": 12}) as served:
        load = bench(served)
        alone = by_client(await load.flood(0.5, 0.0, 2.0))
        flooded = by_client(await load.flood(0.5, 50.0, 2.0))
        await load.close()
    assert alone["polite"]["offered"] == flooded["polite"]["offered"] == 4
    assert "rude" not in alone
    assert flooded["rude"]["offered"] > 50


async def test_a_server_that_breaks_off_or_is_not_there_is_a_count_and_no_crash(tmp_path: Path) -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(cut, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    load = Bench(f"http://127.0.0.1:{port}", TWO, patience=5)
    failed = summary(await load.open_loop(20.0, 0.5))["failed"]
    assert list(failed) == ["cut_off (RemoteProtocolError)"]
    server.close()
    await server.wait_closed()
    found = summary(await load.open_loop(20.0, 0.5))
    assert list(found["failed"]) == ["connection (ConnectError)"]
    assert found["healthz"]["failed"] > 0
    with pytest.raises(SpeechError, match=r"spoke nothing in 1 s: .* connection"):
        await load.capacity(1.0, 2)
    await load.close()


async def test_the_script_against_a_server_that_runs_and_interrupted(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    async with listening(tmp_path, FakeFactory(step_seconds=0.01), synthesis={"nfe_step": 2}) as served:
        url = f"http://127.0.0.1:{served.port}"
        common = [str(SCRIPT), "--url", url, "--clients", "2", "--json", str(out)]
        done = await script(*common, "--calibrate", "2", "--seconds", "2", "--rates", "0.5")
        assert done[0] == 0, done
        assert "capacity:" in done[1]
        assert "told apart by" in done[1]
        found = json.loads(out.read_text())
        assert [phase["name"] for phase in found["phases"]] == ["capacity", "0.5×"]
        assert found["phases"][1]["ok"] > 0
        assert found["about"]["machine"]["cores"] > 0
        out.unlink()

        process = await start(*common, "--capacity", "10", "--seconds", "100", "--rates", "1")
        await until(lambda: served.worker.status().running)
        await asyncio.sleep(1)
        process.send_signal(signal.SIGINT)
        output, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
        assert process.returncode == 130
        assert "cut short" in output.decode()
        [phase] = json.loads(out.read_text())["phases"]
        assert phase["interrupted"]
        assert phase["ok"] > 0
        assert phase["seconds"] < 100


async def start(*command: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(sys.executable, *command, stdout=pipe, stderr=pipe)


async def script(*command: str) -> tuple[int | None, str, str]:
    process = await start(*command)
    output, errors = await asyncio.wait_for(process.communicate(), 2 * PATIENCE)
    return process.returncode, output.decode(), errors.decode()
