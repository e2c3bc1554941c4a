"""docs/danmaku.md says what is true: its snippets run, its tables name what exists."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from ishowtts.api.danmaku_schemas import ChatItem
from ishowtts.app import create_app
from ishowtts.danmaku.event import KINDS, ROLES
from ishowtts.settings import Settings
from tests.e2e.conftest import ROOT, Server

DOCS = (ROOT / "docs/danmaku.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```sh\n(.*?)```", DOCS, re.DOTALL)


def test_every_field_kind_and_role_is_told() -> None:
    for name in (*ChatItem.model_fields, *KINDS, *ROLES):
        assert f"`{name}`" in DOCS, name


def test_every_route_is_told(tmp_path: Path) -> None:
    paths = create_app(Settings(voices_dir=tmp_path)).openapi()["paths"]
    told = DOCS.replace("`", "")
    for path in paths:
        if path.startswith("/danmaku/"):
            assert path.removeprefix("/danmaku").split("/{")[0] in told, path


def test_every_event_is_told() -> None:
    sources = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "src/ishowtts/danmaku").glob("*.py"))
    names = set(re.findall(r'publish\(\s*"(\w+)"', sources))
    assert len(names) > 10
    for name in names:
        assert f"`{name}`" in DOCS, name


@pytest.mark.slow
def test_snippets_run(server: Server, tmp_path: Path) -> None:
    """In their order: one writes what the next reads."""
    shown = ""
    for snippet in SNIPPETS:
        command = snippet.replace("localhost:27121", f"127.0.0.1:{server.port}").replace("curl ", "curl -f ")
        done = subprocess.run(
            ["bash", "-euc", command], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True
        )
        shown += done.stdout
    assert re.findall(r"event: (\w+)", shown) == ["state", "making", "play", "done"]
    assert (tmp_path / "message.mp3").stat().st_size > 2000
    assert '"reason":"command"' in shown
