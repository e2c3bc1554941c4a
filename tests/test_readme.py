"""The README says what is true: its commands run, its tables name what exists."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ishowtts.api.schemas import SpeechBody
from ishowtts.settings import Settings
from tests.e2e.conftest import ROOT, Server, environment

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
CURLS = [block for block in BLOCKS if "curl" in block]
SCRIPTS = [block.strip() for block in BLOCKS if block.startswith("./scripts/")]


def test_there_are_three_curls_and_two_commands() -> None:
    assert len(CURLS) == 3
    assert SCRIPTS == ["./scripts/start_all.sh", "./scripts/run_test_suite.sh"]


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_commands_explain_themselves(script: str) -> None:
    shown = subprocess.run([script, "--help"], cwd=ROOT, env=environment(), capture_output=True, text=True, check=True)
    assert Path(script).name in shown.stdout


@pytest.mark.slow
@pytest.mark.parametrize("block", CURLS)
def test_curls_run(server: Server, block: str, tmp_path: Path) -> None:
    command = block.replace("localhost:27121", f"127.0.0.1:{server.port}").replace("curl ", "curl --fail-with-body ")
    shown = subprocess.run(["bash", "-euc", command], cwd=tmp_path, capture_output=True, text=True, check=True)
    if "-o hello.wav" in block:
        assert (tmp_path / "hello.wav").read_bytes()[:4] == b"RIFF"
    elif "event-stream" in block:
        assert re.findall(r"^event: ?(\w+)", shown.stdout, re.MULTILINE)[0] == "meta"
        assert "event: done" in shown.stdout or "event:done" in shown.stdout
    else:
        assert '"xiaobei"' in shown.stdout


@pytest.mark.slow
def test_the_openai_client_speaks(server: Server, tmp_path: Path) -> None:
    [code] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    code = code.replace("localhost:27121", f"127.0.0.1:{server.port}")
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "evening.mp3").stat().st_size > 4000


@pytest.mark.slow
def test_say_runs_without_a_server(tmp_path: Path) -> None:
    block = next(b for b in BLOCKS if b.startswith("ishowtts say"))
    command = block.replace("ishowtts", f"{environment()['ISHOWTTS_VENV']}/bin/ishowtts", 1)
    subprocess.run(["bash", "-euc", command], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "evening.wav").stat().st_size > 24_000


def test_the_request_table_names_every_field() -> None:
    table = README.split("## A request")[1].split("##")[0]
    named = {name for row in re.findall(r"^\| (`[^|]+`) ", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    assert named == set(SpeechBody.model_fields)


def test_the_settings_table_names_keys_that_exist() -> None:
    table = README.split("## Settings")[1].split("**Your own voice")[0]
    keys = re.findall(r"`(\w+)\.(\w+)`", "\n".join(line for line in table.splitlines() if line.startswith("|")))
    assert keys
    for section, key in keys:
        assert key in Settings.model_fields[section].annotation.model_fields  # type: ignore[union-attr]


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
