"""A server process with the fake engine, its log, and requests to it on raw sockets."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.api.server import TWO

ROOT = Path(__file__).parents[2]
FOUR = f"{TWO} Then comes a third one that is no shorter. And a fourth one is the last of them all."


@dataclass
class Ending:
    process: subprocess.Popen[str]
    port: int
    lines: list[str] = field(default_factory=list)
    threads: list[threading.Thread] = field(default_factory=list)
    answers: dict[str, bytes] = field(default_factory=dict)

    def ask(self, name: str, **body: Any) -> None:
        """POST /tts on a raw socket, in a thread of its own; the answer is all that comes until the end."""

        def run() -> None:
            content = json.dumps({"text": FOUR, "seed": len(name), **body}).encode()
            head = "POST /tts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            head += f"Content-Length: {len(content)}"
            with socket.create_connection(("127.0.0.1", self.port), timeout=60) as link:
                link.sendall(head.encode() + b"\r\n\r\n" + content)
                data = b""
                while part := link.recv(65536):
                    data += part
            self.answers[name] = data

        self.threads.append(threading.Thread(target=run))
        self.threads[-1].start()

    def client(self) -> httpx.Client:
        """A new connection for each request."""
        limits = httpx.Limits(max_keepalive_connections=0)
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=60, limits=limits)

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=30)

    def until_running(self, jobs: int) -> None:
        deadline = time.monotonic() + 60
        while (queue := self.get("/readyz").json()["queue"])["queued"] + queue["running"] < jobs:
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def send(self, number: int) -> None:
        self.process.send_signal(number)

    def finish(self) -> int:
        for thread in self.threads:
            thread.join(60)
        return self.process.wait(60)

    @property
    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]


@contextmanager
def ending(folder: Path, step_seconds: float, drain: float, together: int = 16) -> Iterator[Ending]:
    command = [sys.executable, "-m", "tests.e2e.fake_server", str(folder), *map(str, (step_seconds, drain, together))]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stderr
    server = Ending(process, 0)
    for line in process.stderr:
        server.lines.append(line)
        if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
            server.port = server.port or int(found[1])
        if "curl" in line:
            break
    reader = threading.Thread(target=lambda: server.lines.extend(process.stderr or ()), daemon=True)
    reader.start()
    try:
        yield server
    finally:
        process.kill()
        process.wait()
        reader.join(10)
