"""A server process with one room and a state file, to be flooded, killed and started again on the same port."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ishowtts.bench.rooms.wire import Link
from ishowtts.bench.server_process import memory_mib
from ishowtts.errors import SpeechError

Engine = Literal["tones", "f5-mini"]

SAY_TEXT = {kind: {"en": "{text}", "zh": "{text}"} for kind in ("chat", "superchat")}
"""Templates: names would make every message as long."""


@dataclass
class RoomServer:
    """`start` it, as often as you like, after `kill` or `stop`. What it says goes to `log` in `folder`."""

    folder: Path
    engine: Engine = "tones"
    pace: float = 0.06
    """Of tones: seconds a character."""
    policy: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    """More of them, as environment variables."""
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def state_file(self) -> Path:
        return self.folder / "state.sqlite"

    @property
    def pid(self) -> int:
        return self.process.pid if self.process is not None else 0

    def start(self) -> None:
        if not self.port:
            with socket.create_server(("127.0.0.1", 0)) as free:
                self.port = free.getsockname()[1]
        policy = {"templates": SAY_TEXT, **self.policy}
        environment = {
            "GOMP_SPINCOUNT": "0",
            **os.environ,
            "ISHOWTTS_DANMAKU__STATE_FILE": str(self.state_file),
            "ISHOWTTS_DANMAKU__ROOMS": json.dumps({"main": policy}),
            "ISHOWTTS_SERVER__ACCESS_LOG": "false",
            **self.settings,
        }
        tones = ["-m", "ishowtts.bench.rooms.tone_server", str(self.port), str(self.pace)]
        real = ["-m", "ishowtts.cli", "serve", "--port", str(self.port)]
        command = [sys.executable, *(tones if self.engine == "tones" else real)]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own command
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=environment,
                start_new_session=True,
            )  # fmt: skip

    async def listening(self, seconds: float = 120.0, path: str = "/healthz") -> float:
        """Until it answers, or with /readyz until it speaks; how long that took. Raises `SpeechError`."""
        begun = time.perf_counter()
        async with Link(self.port) as link:
            while time.perf_counter() - begun < seconds:
                if self.process is None or self.process.poll() is not None:
                    raise SpeechError("the server ended before it was ready:\n" + self.last_words())
                try:
                    if (await link.ask("GET", path))[0] == 200:
                        return time.perf_counter() - begun
                except OSError:
                    pass
                await asyncio.sleep(0.02)
        raise SpeechError(f"the server was not ready after {seconds:g} s:\n{self.last_words()}")

    def kill(self) -> None:
        """`kill -9`, of the server alone: its worker has to see to itself."""
        assert self.process is not None, "it was never started"  # noqa: S101
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """In order (SIGTERM); its exit code."""
        if self.process is None:
            return 0
        self.process.terminate()
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def memory(self) -> float:
        """Resident MiB of the server, without its worker; 0 where there is no /proc."""
        return memory_mib(self.pid).get("server", 0.0)

    def cpu_seconds(self) -> float:
        """Of the server so far, without its worker; 0 where there is no /proc."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def files(self) -> int:
        """Open descriptors, sockets among them; 0 where there is no /proc."""
        try:
            return len(os.listdir(f"/proc/{self.pid}/fd"))
        except OSError:
            return 0

    def threads(self) -> int:
        try:
            return len(os.listdir(f"/proc/{self.pid}/task"))
        except OSError:
            return 0

    def last_words(self) -> str:
        lines = (self.folder / "log").read_text("utf-8", "replace").splitlines()
        return "\n".join(lines[-8:])

    def complaints(self) -> int:
        """Tracebacks in its log."""
        return (self.folder / "log").read_text("utf-8", "replace").count("Traceback (most recent call last)")
