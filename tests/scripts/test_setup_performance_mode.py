"""On a board that is made here: the two tools of a Jetson write down how they were called."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts/setup_performance_mode.sh"
TOOLS = ("nvpmodel", "jetson_clocks")


def run(path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{path}:/usr/bin:/bin"}
    return subprocess.run([str(SCRIPT), *arguments], env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def board(tmp_path: Path) -> Path:
    for tool in TOOLS:
        file = tmp_path / tool
        file.write_text(f'#!/bin/sh\necho {tool} "$@" >> {tmp_path}/calls\necho "{tool} says hello"\n')
        file.chmod(0o755)
    return tmp_path


def test_it_explains_itself(tmp_path: Path) -> None:
    shown = run(tmp_path, "--help")
    assert shown.returncode == 0
    assert "sudo scripts/setup_performance_mode.sh --on" in shown.stdout


def test_what_it_does_not_know_is_an_error(tmp_path: Path) -> None:
    assert run(tmp_path, "--faster").returncode == 1
    assert "takes a number" in run(tmp_path, "--on", "--mode", "max; rm").stderr


def test_elsewhere_there_is_nothing_to_do(tmp_path: Path) -> None:
    shown = run(tmp_path, "--on")
    assert shown.returncode == 0
    assert "not a Jetson" in shown.stdout


def test_a_look_changes_nothing(board: Path) -> None:
    assert run(board).returncode == 0
    assert (board / "calls").read_text() == "nvpmodel -q\njetson_clocks --show\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, as on the board")
def test_it_goes_on_and_back(board: Path) -> None:
    shown = run(board, "--on", "--mode", "2")
    assert shown.returncode == 0
    calls = (board / "calls").read_text().splitlines()
    assert calls[0].startswith("jetson_clocks --store ")
    assert calls[1:] == ["nvpmodel -m 2", "jetson_clocks", "nvpmodel -q"]
    assert "nothing to go back to" in run(board, "--off").stderr  # our tool has stored nothing
