"""The script as a person runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ishowtts.bench import extras
from ishowtts.engine.catalog import F5_MINI

SCRIPT = Path(__file__).parents[2] / "scripts" / "evaluate_quality.py"


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "200"}
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=280, check=False)


def test_help_is_quick_to_read_and_names_the_packages() -> None:
    done = run("--help")
    assert done.returncode == 0
    assert "--nfe 5 6 7 8" in done.stdout
    assert all(package in done.stdout for package in (*extras.PLAIN, *extras.NO_DEPS))


@pytest.mark.parametrize(
    "bad", [["--nfe", "0"], ["--limit", "0"], ["--only", "taste"], ["--json", "/nowhere/out.json"]]
)
def test_bad_options_are_refused_before_anything_loads(bad: list[str]) -> None:
    done = run(*bad)
    assert done.returncode == 2
    assert bad[0] in done.stderr


@pytest.mark.slow
def test_two_texts_through_the_real_models(tmp_path: Path) -> None:
    try:
        extras.check(["wer", "similarity", "mos"])
    except extras.MissingPackage as missing:
        pytest.skip(str(missing))
    if not (F5_MINI / "model.safetensors").exists():
        pytest.skip("the weights of f5-mini are not in this checkout")
    options = ["--limit", "1", "--voices", "heart", "--nfe", "2", "--threads", "1", "--cache", tmp_path / "cache"]
    done = run(*options, "--gate", "--json", tmp_path / "out.json")
    document = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert done.returncode == (0 if all(floor["passed"] for floor in document["floors"]) else 1), done.stderr
    sentence, line = document["clips"]
    assert (sentence["id"], line["id"]) == ("en-00", "chat_en-00")
    assert sentence["heard"]
    assert -1 <= sentence["similarity"] <= 1
    assert 1 <= sentence["mos"] <= 5
    assert sentence["audio_seconds"] > 1
    assert document["rows"][0]["rtf"] > 0
    assert document["machine"]["threads"] == 1
