"""What callers say is in no log, whichever route they say it to and whatever goes wrong."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from tests.e2e.fake_process import ending
from tests.fakes import CRASH, DEVICE_LOST, ERROR, MUTE, REFUSE

pytestmark = pytest.mark.slow

CANARY = "kanarienvogel"
TEXTS = [
    f"A {CANARY} sings.",
    *(f"A {CANARY} {trouble} falls." for trouble in (ERROR, MUTE, REFUSE)),
    f"{CANARY} 金丝雀 " * 2000,
    f"{CANARY}\0",
]


def test_no_text_in_the_log_whatever_the_route_and_the_trouble(tmp_path: Path) -> None:
    with (
        ending(tmp_path, 0, 5) as server,
        httpx.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=60) as client,
    ):
        paths = client.get("/openapi.json").json()["paths"]
        for path, operations in paths.items():
            for method in operations:
                _try_all(client, method, path)
        for trouble, stream in ((CRASH, False), (DEVICE_LOST, "sse")):  # the worker dies of these
            client.post("/tts", json={"text": f"A {CANARY} {trouble} {stream}.", "stream": stream})
        server.process.terminate()
        server.finish()
    spoken = [line for line in server.log if line["message"] == "request" and line["path"] == "/tts"]
    assert {200, 413, 422, 500, 503} <= {line["status"] for line in spoken}
    assert any(line["process"] == "worker" and "exception" in line for line in server.log)  # told, but without words
    assert CANARY not in "".join(server.lines).lower()
    assert "金丝雀" not in "".join(server.lines)
    assert all({"time", "level", "process", "logger", "message"} <= line.keys() for line in server.log)


def _try_all(client: httpx.Client, method: str, path: str) -> None:
    for name in ("{voice_id}", "{id}", "{voice}"):
        path = path.replace(name, "ann")
    _ask(client, method, path, {CANARY: CANARY})
    for text in TEXTS:
        _ask(client, method, path, {"text": text[:300]})
    if method in ("get", "delete"):
        return
    for text in TEXTS:
        every = {"text": text, "input": text, "model": "tts-1", "voice": "ann", "user": CANARY, "room": CANARY}
        for body in ({"text": text}, {"input": text, "model": "tts-1", "voice": "ann"}, every, {CANARY: text}, [text]):
            client.request(method, path, json=body)
    client.request(method, path, content=json.dumps({"text": CANARY})[:-3])
    client.request(method, path, data={"text": CANARY, "name": CANARY}, files={"audio": (CANARY, CANARY.encode())})


def _ask(client: httpx.Client, method: str, path: str, params: dict[str, str]) -> None:
    with client.stream(method, path, params=params) as answer:
        if not answer.headers.get("content-type", "").startswith("text/event-stream"):  # those of a room never end
            answer.read()
