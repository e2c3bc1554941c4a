"""The end of a server with work to do: SIGTERM, again SIGTERM, Ctrl-C. The process is real, its engine is the fake."""

from __future__ import annotations

import re
import signal
import time
from pathlib import Path

import httpx
import pytest

from tests.e2e.fake_process import FOUR, ending

pytestmark = pytest.mark.slow


def events(answer: bytes) -> list[str]:
    return re.findall(r"event: (\w+)", answer.decode())


def test_what_runs_finishes_and_what_is_new_is_told_to_go_elsewhere(tmp_path: Path) -> None:
    with ending(tmp_path, 0.1, 30) as server:
        for name, stream in (("sse", "sse"), ("sound", "audio"), ("a file", False)):
            server.ask(name, stream=stream, nfe_step=20)
        server.until_running(6)
        kept = httpx.Client(base_url=f"http://127.0.0.1:{server.port}")
        kept.get("/healthz")
        server.send(signal.SIGTERM)
        deadline = time.monotonic() + 10
        while (ready := server.get("/readyz")).status_code == 200:
            assert time.monotonic() < deadline
        assert ready.status_code == 503
        assert (ready.json()["status"], ready.json()["reason"]) == ("draining", "the server is shutting down")
        assert ready.headers["connection"] == "close"
        assert server.get("/healthz").status_code == server.get("/health").status_code == 200
        for refused in (kept.post("/tts", json={"text": "New."}), kept.get("/voices"), server.get("/tts?text=New.")):
            assert refused.status_code == 503
            assert refused.json()["error"]["code"] == "not_ready"
            assert int(refused.headers["retry-after"]) >= 1
        assert server.finish() == 0
    assert events(server.answers["sse"])[-1] == "done"
    assert server.answers["sound"].endswith(b"\r\n0\r\n\r\n")
    assert b"200 OK" in server.answers["a file"]
    length = int(re.search(rb"content-length: (\d+)", server.answers["a file"])[1])  # type: ignore[index]
    assert len(server.answers["a file"].partition(b"\r\n\r\n")[2]) == length
    outcomes = [line["outcome"] for line in server.log if line["message"] == "request" and line["status"] == 200]
    assert [outcome for outcome in outcomes if outcome != "ok"] == []


def test_at_the_end_of_the_time_streams_get_a_farewell(tmp_path: Path) -> None:
    with ending(tmp_path, 0.1, 2, together=1) as server:
        for name, stream in (("sse", "sse"), ("sound", "audio"), ("a file", False)):
            server.ask(name, text=FOUR * 3, stream=stream, nfe_step=4)
        deadline = time.monotonic() + 60
        while "tts_sse_clients 1.0" not in server.get("/metrics").text:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        time.sleep(1)  # the other one has its first sound too
        began = time.monotonic()
        server.send(signal.SIGTERM)
        assert server.finish() == 0
        assert 2 <= time.monotonic() - began < 30
    assert events(server.answers["sse"])[-2:] == ["audio", "error"]
    assert b'"code":"not_ready"' in server.answers["sse"]
    assert b"200 OK" in server.answers["sound"]
    assert not server.answers["sound"].endswith(b"\r\n0\r\n\r\n")  # broken off, so that nobody takes it for all
    assert b"503 Service" in server.answers["a file"]
    assert b'"code":"not_ready"' in server.answers["a file"]


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_at_once(tmp_path: Path, second: int) -> None:
    with ending(tmp_path, 0.5, 600) as server:
        server.ask("sse", stream="sse", nfe_step=2)
        server.ask("a file", nfe_step=64)
        server.until_running(4)
        server.send(signal.SIGTERM)
        time.sleep(1)
        assert server.process.poll() is None
        server.send(second)
        began = time.monotonic()
        assert server.finish() == 0
        assert time.monotonic() - began < 20
    assert b'"code":"not_ready"' in server.answers["a file"]


def test_an_idle_server_does_not_wait(tmp_path: Path) -> None:
    with ending(tmp_path, 0, 600) as server:
        began = time.monotonic()
        server.send(signal.SIGTERM)
        assert server.finish() == 0
        assert time.monotonic() - began < 20
    # What a tool that measures the tests has to say is none of the server's.
    assert all(line["level"] == "INFO" for line in server.log if line["logger"] != "py.warnings")
