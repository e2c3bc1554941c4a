"""docs/api.md says what is true: its snippets run, its tables name what exists."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile

from ishowtts import errors
from ishowtts.api.elevenlabs_formats import OUTPUT_FORMATS
from ishowtts.api.openai_schemas import OpenAISpeech
from ishowtts.settings import OpenAIVoiceSettings
from tests.e2e.conftest import ROOT, Server

DOCS = (ROOT / "docs/api.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```(sh|python)\n(.*?)```", DOCS, re.DOTALL)
START_UP = {"bad_checkpoint", "bad_config"}  # nobody who sends a request can meet them


def codes(kind: type[errors.SpeechError]) -> Iterator[tuple[str, int]]:
    if kind.__module__ == errors.__name__:  # the bench and the trainers have errors of their own, and no caller
        yield kind.code, kind.status
    for below in kind.__subclasses__():
        yield from codes(below)


def test_every_error_is_in_the_table_with_its_status() -> None:
    rows = re.findall(r"^\| (\d{3}) \| (.*?) \|", DOCS, re.MULTILINE)
    told = {(code, int(status)) for status, names in rows for code in re.findall(r"`(\w+)`", names)}
    there_are = {(code, status) for code, status in codes(errors.SpeechError) if code not in START_UP}
    assert told == there_are, (
        f"to be told in the table of docs/api.md: {there_are - told}; not there: {told - there_are}"
    )


def test_every_name_and_field_is_told() -> None:
    for name in (*OpenAIVoiceSettings.model_fields, *OpenAISpeech.model_fields):
        assert f"`{name}`" in DOCS, name
    for format in OUTPUT_FORMATS:
        codec, rate, *bits = format.split("_")
        [line] = re.findall(r"`output_format`:.*?\n\n", DOCS, re.DOTALL)
        assert codec in line
        assert rate in line
        assert all(bit in line for bit in bits)


@pytest.mark.slow
@pytest.mark.parametrize(("language", "snippet"), SNIPPETS, ids=range(len(SNIPPETS)))
def test_snippets_run(server: Server, language: str, snippet: str, tmp_path: Path) -> None:
    here = snippet.replace("localhost:27121", f"127.0.0.1:{server.port}").replace("curl ", "curl --fail-with-body ")
    command = ["bash", "-euo", "pipefail", "-c", here] if language == "sh" else [sys.executable, "-c", here]
    shown = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert shown.returncode == 0, shown.stderr
    for made in tmp_path.iterdir():
        if made.suffix == ".pcm":
            assert made.stat().st_size > 24_000
        else:
            sound, rate = soundfile.read(made)
            assert 0.3 < len(sound) / rate < 8
    assert list(tmp_path.iterdir()) or "event: done" in shown.stdout or "voice_id" in shown.stdout
