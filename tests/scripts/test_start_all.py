"""scripts/start_all.sh: its words, its errors, and a real server started, found again, followed and stopped."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
START = str(ROOT / "scripts" / "start_all.sh")


def environment(**settings: str) -> dict[str, str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith("ISHOWTTS_")}
    return {**env, "ISHOWTTS_SETUP": "off", "ISHOWTTS_VENV": sys.prefix, **settings}


def start_all(*arguments: str, cwd: Path | None = None, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [START, *arguments], env=environment(**settings), cwd=cwd, text=True, capture_output=True, check=False
    )


def answers(url: str) -> bool:
    with suppress(OSError), urllib.request.urlopen(f"{url}/healthz", timeout=10) as response:
        return bool(response.status == 200)
    return False


@contextmanager
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def test_help_says_what_happens_without_a_terminal() -> None:
    result = start_all("--help")
    assert result.returncode == 0
    assert "not a terminal" in result.stdout
    assert "set -euo" not in result.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--prot", "80"], "unknown argument: --prot"),
        (["--port"], "--port needs a value"),
        (["--port", "http"], "--port takes a number"),
        (["--wait=soon"], "--wait takes whole seconds"),
        (["--config", "nowhere.toml"], "no such config file"),
        (["--port", "70000"], "server.port"),
    ],
)
def test_a_wrong_argument_is_one_error_and_starts_nothing(arguments: list[str], words: str) -> None:
    result = start_all(*arguments)
    assert result.returncode == 1
    assert words in result.stderr
    assert "[start]" not in result.stdout


def test_a_port_that_another_program_has_is_told() -> None:
    with taken_port() as port:
        result = start_all("--port", str(port))
    assert result.returncode == 1
    assert f"cannot listen on 127.0.0.1 port {port}" in result.stderr


def test_stop_with_nothing_to_stop_is_no_error() -> None:
    with taken_port() as port:
        result = start_all("--stop", "--port", str(port))
    assert result.returncode == 0
    assert "no server of this checkout" in result.stdout


@pytest.mark.slow
def test_weights_that_cannot_be_loaded_end_the_start_with_the_log(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('[model]\nname = "F5TTS_v1_Base"\ncheckpoint = "missing.safetensors"\n')
    # A relative --config is the caller's, although the server runs in the checkout.
    result = start_all("--port", "0", "--config", "mine.toml", "--wait", "200", cwd=tmp_path)
    assert result.returncode == 1
    assert "missing.safetensors" in result.stdout + result.stderr
    assert "last lines of" in result.stderr


@pytest.mark.slow
def test_start_twice_then_stop() -> None:
    first = start_all("--port", "0", "--wait", "200")
    assert first.returncode == 0, first.stdout + first.stderr
    found = re.search(r"ready: (http://127\.0\.0\.1:(\d+))", first.stdout)
    assert found
    url, port = found.groups()
    try:
        assert answers(url)
        second = start_all("--port", port)
        assert second.returncode == 0
        assert "runs on port" in second.stdout
        assert url in second.stdout
    finally:
        stopped = start_all("--stop", "--port", port)
    assert "stopping the server" in stopped.stdout
    assert not answers(url)


@pytest.mark.slow
def test_on_a_terminal_it_stays_and_ctrl_c_stops_the_server() -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a suite that runs in the background has it ignored
        os.execve(START, [START, "--port", "0", "--wait", "200"], environment())
    shown = b""

    def read_until(words: bytes, seconds: float) -> None:
        nonlocal shown
        deadline = time.monotonic() + seconds
        while words not in shown:
            assert time.monotonic() < deadline, shown.decode(errors="replace")
            if select.select([terminal], [], [], 1.0)[0]:
                try:
                    shown += os.read(terminal, 4096)
                except OSError:  # the other side is gone
                    break
        assert words in shown, shown.decode(errors="replace")

    read_until(b"Ctrl-C stops the server", 200)
    found = re.search(rb"ready: (http://\S+)", shown)
    assert found
    url = found[1].decode()
    assert answers(url)
    os.write(terminal, b"\x03")
    read_until(b"stopping the server", 10)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 130
    assert not answers(url)
