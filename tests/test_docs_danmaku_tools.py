"""docs/danmaku-tools.md says what is true: its snippets run, its tables name what exists."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from ishowtts.api import danmaku_say, original_chat, original_stream, speaker
from ishowtts.api.socket_connection import MOST_MESSAGE
from ishowtts.api.sockets import MOST_SOCKETS
from ishowtts.api.speaker_events import EVENTS
from ishowtts.api.speaker_requests import COMMANDS
from tests.e2e.conftest import ROOT, Server

DOCS = (ROOT / "docs/danmaku-tools.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```(sh|python)\n(.*?)```", DOCS, re.DOTALL)


def test_what_there_is_is_told() -> None:
    for name in (*COMMANDS, *EVENTS, *inspect.signature(danmaku_say.say).parameters):
        assert name == "request" or f"`{name}`" in DOCS, name
    for router in (danmaku_say.router, original_chat.router, original_stream.router, speaker.router):
        for route in router.routes:
            path = str(getattr(route, "path", ""))
            assert path in DOCS or path == "/{path:path}"


def test_bounds_are_those_of_the_code() -> None:
    told = DOCS.replace("\n", " ")
    assert f"{MOST_MESSAGE // 1024} KiB, {speaker.PER_MINUTE} requests a minute ({speaker.BURST} at once)" in told
    assert f"{MOST_SOCKETS} WebSockets" in told


@pytest.mark.slow
def test_snippets_run(server: Server, tmp_path: Path) -> None:
    shown = ""
    for language, snippet in SNIPPETS:
        here = snippet.replace("localhost:27121", f"127.0.0.1:{server.port}").replace("curl ", "curl -f ")
        command = ["bash", "-euc", here] if language == "sh" else [sys.executable, "-c", here]
        shown += subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True).stdout
    # Nobody listens, and others use this server too.
    httpx.post(f"{server.url}/danmaku/clear", json={"scope": "all"}).raise_for_status()
    assert shown.count('"status":"queued"') == 2
    assert (tmp_path / "sound.mp3").stat().st_size > 2000
