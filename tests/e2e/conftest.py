"""The real server with f5-mini, started as a user starts it: `scripts/start_all.sh`. The fixture `server` has one."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
START = ROOT / "scripts" / "start_all.sh"


@dataclass(frozen=True)
class Server:
    url: str
    port: int

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=30) as response:
            return json.load(response)

    def wait_ready(self, seconds: float = 120) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                self.get("/readyz")
                return
            except OSError:
                time.sleep(0.2)
        raise TimeoutError(f"{self.url} was not ready within {seconds} s")


def environment(**settings: str) -> dict[str, str]:
    """This interpreter's environment for the scripts; nothing is installed."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("ISHOWTTS_")}
    return {**env, "ISHOWTTS_SETUP": "off", "ISHOWTTS_VENV": sys.prefix, **settings}


def free_port() -> int:
    import socket

    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def start(port: int, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    command = [str(START), "--detach", "--wait", "240", "--port", str(port), *arguments]
    return subprocess.run(command, env=environment(**settings), text=True, capture_output=True, check=False)


def stop(port: int) -> None:
    subprocess.run([str(START), "--stop", "--port", str(port)], env=environment(), capture_output=True, check=False)


def running(*arguments: str, **settings: str) -> Iterator[Server]:
    """A server on a free port for as long as the generator is open."""
    result = start(0, *arguments, **settings)
    assert result.returncode == 0, result.stdout + result.stderr
    found = re.search(r"ready: (http://127\.0\.0\.1:(\d+))", result.stdout)
    assert found, result.stdout
    server = Server(found[1], int(found[2]))
    try:
        yield server
    finally:
        stop(server.port)
