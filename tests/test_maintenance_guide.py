"""What the notes for maintainers tell people to run is there, with the options they name."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from ishowtts.app import create_app
from ishowtts.cli import app as cli
from ishowtts.settings import Settings
from tests.e2e.conftest import ROOT

NOTES = [ROOT / ".agent" / name for name in ("MAINTENANCE_GUIDE.md", "LONG_TERM_ROADMAP.md")]
TEXT = "\n".join(note.read_text(encoding="utf-8") for note in NOTES)
COMMANDS = sorted(set(re.findall(r"`((?:scripts/|ishowtts |curl )[^`]+)`", TEXT)))
SCRIPTS = sorted({command.split()[0] for command in COMMANDS if command.startswith("scripts/")})


def test_there_is_much_to_run() -> None:
    assert len(COMMANDS) > 25


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    found: dict[str, Any] = create_app(Settings(voices_dir=tmp_path_factory.mktemp("voices"))).openapi()["paths"]
    return found


@pytest.mark.parametrize("path", SCRIPTS)
def test_scripts_are_there_and_know_their_options(path: str) -> None:
    script = ROOT / path
    assert script.is_file()
    words = " ".join(command for command in COMMANDS if command.split()[0] == path).split()
    run = [sys.executable, str(script)] if script.suffix == ".py" else [str(script)]
    shown = subprocess.run([*run, "--help"], capture_output=True, text=True, check=True, timeout=120).stdout
    for option in words:
        assert not option.startswith("--") or option in shown, option


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("ishowtts ")])
def test_the_command_line_has_them(command: str) -> None:
    name, *words = command.removeprefix("ishowtts ").split()
    found = get_command(cli).commands[name]  # type: ignore[attr-defined]
    known = {option for param in found.params for option in param.opts}
    assert {word for word in words if word.startswith("-")} <= known


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("curl ")])
def test_the_server_has_these_routes(command: str, paths: dict[str, Any]) -> None:
    [path] = re.findall(r"localhost:27121(/[\w/]+)", command)
    method = "post" if "-X POST" in command or " -d " in command else "get"
    assert method in paths[path]


@pytest.mark.parametrize("note", NOTES, ids=lambda note: note.name)
def test_links_lead_somewhere(note: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", note.read_text(encoding="utf-8")):
        assert target.startswith("http") or (note.parent / target).exists(), target
