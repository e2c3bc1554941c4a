"""A server of our own on a free port for the length of a benchmark, and what a server takes of the machine's memory."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import httpx

from ishowtts.errors import SpeechError


@dataclass
class OwnServer:
    """`ishowtts serve` in a process of its own, with one key for each of `clients`."""

    url: str
    keys: list[str]
    process: subprocess.Popen[bytes]
    log: IO[bytes]
    stage: str = field(default="")

    @classmethod
    def start(
        cls,
        clients: int,
        config: Path | None = None,
        *,
        scopes: Sequence[str] = ("synthesise",),
        settings: Mapping[str, str] | None = None,
    ) -> OwnServer:
        """Begin; `wait` until it is ready, and `stop` it in the end. `settings` are variables of its environment."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        keys = [f"bench-{secrets.token_urlsafe(24)}" for _ in range(clients)]
        entries = [
            {"name": f"client-{i}", "sha256": hashlib.sha256(key.encode()).hexdigest(), "scopes": list(scopes)}
            for i, key in enumerate(keys)
        ]
        keyring = {"ISHOWTTS_AUTH__KEYS": json.dumps(entries)}
        environment = {"GOMP_SPINCOUNT": "0", **os.environ, **keyring, **(settings or {})}
        command = [sys.executable, "-m", "ishowtts.cli", "serve", "--host", "127.0.0.1", "--port", str(port)]
        log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by stop
        process = subprocess.Popen(  # noqa: S603 - our own command
            [*command, *(["--config", str(config)] if config else [])],
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,  # Ctrl-C is for the benchmark, which has something to write first
        )
        return cls(f"http://127.0.0.1:{port}", keys, process, log)

    def wait(self, seconds: float, tell: Callable[[str], None]) -> None:
        """Until it speaks; `tell` hears of each stage. Raises `SpeechError` with the end of its log."""
        wait_ready(self.url, seconds, tell, self._is_alive)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def _is_alive(self) -> None:
        if self.process.poll() is not None:
            self.log.seek(0)
            tail = self.log.read().decode("utf-8", "replace").strip().splitlines()[-5:]
            raise SpeechError("the server ended before it was ready:\n  " + "\n  ".join(tail))


def wait_ready(url: str, seconds: float, tell: Callable[[str], None], check: Callable[[], None] = lambda: None) -> None:
    """Until /readyz says yes. Raises `SpeechError`, and what `check` raises."""
    end, shown = time.monotonic() + seconds, ""
    while True:
        check()
        stage = "nobody answers"
        try:
            answer = httpx.get(f"{url}/readyz", timeout=5, trust_env=False)
            if answer.status_code == 200:
                return
            body = answer.json()
            if body.get("status") == "failed":
                raise SpeechError(f"the server cannot load its model: {body.get('reason')}")
            stage = str(body.get("stage", answer.status_code))
        except (httpx.HTTPError, ValueError):
            pass
        if stage != shown:
            tell(stage)
            shown = stage
        if time.monotonic() > end:
            raise SpeechError(f"{url} was not ready after {seconds:g} s: {stage}")
        time.sleep(0.2)


def memory_mib(pid: int) -> dict[str, float]:
    """Resident MiB now of the server and of its worker, the largest of its children; Linux only, else empty."""
    try:
        found = {"server": _resident(pid)}
        children = [_resident(child) for child in _children(pid)]
        if children:
            found["worker"] = max(children)
    except (OSError, ValueError, IndexError):  # it ended, or there is no /proc
        return {}
    return found


def worker_pid(pid: int) -> int | None:
    """Of the worker process of a server, the largest of its children; Linux only, else None."""
    try:
        return max(_children(pid), key=_resident, default=None)
    except (OSError, ValueError, IndexError):
        return None


def _children(pid: int) -> list[int]:
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for each in lists for child in each.read_text().split()]


def _resident(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) / 2**10 for line in lines if line.startswith("VmRSS:")), 0.0)
