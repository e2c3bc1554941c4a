"""What goes wrong on a real stream: clients that leave, a worker that is killed."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import ROOT, Server

pytestmark = pytest.mark.slow

LONG = " ".join(f"This is sentence number {n} of a very long text, and it goes on." for n in range(1, 13))


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def readiness(server: Server) -> dict[str, Any]:
    answer: dict[str, Any] = httpx.get(f"{server.url}/readyz", timeout=10).json()
    return answer


def busy(server: Server) -> int:
    state = readiness(server)
    return int(state["queue"]["queued"]) + int(state["queue"]["running"])


@pytest.mark.parametrize("stream", [False, "sse"])
def test_a_client_that_leaves_takes_its_work_along(server: Server, stream: object) -> None:
    until(lambda: busy(server) == 0)
    body = json.dumps({"text": LONG, "stream": stream, "nfe_step": 32}).encode()
    with socket.create_connection(("127.0.0.1", server.port)) as sock:
        sock.sendall(
            b"POST /tts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            % (len(body), body)
        )
        until(lambda: busy(server) > 1)
    until(lambda: busy(server) == 0, seconds=5)  # the whole text would take a minute
    assert httpx.post(f"{server.url}/tts", json={"text": "Still here."}, timeout=60).status_code == 200


def worker_pid(server: Server) -> int:
    """The engine's process: the child of the server that multiprocessing spawned."""
    parent = (ROOT / "logs" / f"server-{server.port}.pid").read_text().split()[0]
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            ppid = stat.read_text().rpartition(")")[2].split()[1]
            command = (stat.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if ppid == parent and b"spawn_main" in command:
            return int(stat.parent.name)
    raise AssertionError("the server has no worker process")


def test_a_killed_worker_is_replaced_and_its_request_answered(server: Server) -> None:
    until(lambda: busy(server) == 0)
    answers: list[httpx.Response] = []
    text = "This line is in the middle of its way when the worker dies."

    def ask() -> None:
        answers.append(httpx.post(f"{server.url}/tts", json={"text": text, "nfe_step": 32}, timeout=120))

    client = threading.Thread(target=ask)
    client.start()
    until(lambda: busy(server) > 0)
    before = worker_pid(server)
    os.kill(before, signal.SIGKILL)
    assert httpx.get(f"{server.url}/healthz", timeout=5).status_code == 200
    client.join(120)
    assert [a.status_code for a in answers] == [200]
    assert answers[0].content[:4] == b"RIFF"
    assert worker_pid(server) != before
    assert httpx.post(f"{server.url}/tts", json={"text": "And on we go."}, timeout=60).status_code == 200
