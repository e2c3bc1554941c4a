"""A server for other machines, as its owner would start it: with a key, on every address."""

from __future__ import annotations

import hashlib
import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from tests.e2e.conftest import Server, running

pytestmark = pytest.mark.slow

KEY = "ishowtts_" + "k" * 43
ENTRY = {"name": "obs", "sha256": hashlib.sha256(KEY.encode()).hexdigest(), "scopes": ["synthesise"]}


@pytest.fixture(scope="module")
def guarded() -> Iterator[Server]:
    yield from running(
        "--host", "0.0.0.0", ISHOWTTS_AUTH__KEYS=json.dumps([ENTRY]), ISHOWTTS_SERVER__HEADER_TIMEOUT="1"
    )


def ask(server: Server, path: str, body: object = None, **headers: str) -> tuple[int, bytes]:
    data = None if body is None else json.dumps(body).encode()
    named = {"content-type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    try:
        with urllib.request.urlopen(urllib.request.Request(server.url + path, data, named), timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_the_key_speaks_and_nothing_else_does(guarded: Server) -> None:
    hello = {"text": "Hello there."}
    assert ask(guarded, "/readyz")[0] == 200
    assert ask(guarded, "/tts", hello)[0] == 401
    assert ask(guarded, "/tts", hello, authorization="Bearer ishowtts_wrong")[0] == 401
    status, sound = ask(guarded, "/tts", hello, authorization=f"Bearer {KEY}")
    assert (status, sound[:4]) == (200, b"RIFF")
    assert ask(guarded, f"/tts?text=Hello.&token={KEY}")[0] == 200
    assert ask(guarded, "/metrics", x_api_key=KEY)[0] == 403
    assert ask(guarded, "/tts", hello, authorization=f"Bearer {KEY}", origin="https://evil.example")[0] == 403


def test_headers_that_trickle_are_given_up_there_too(guarded: Server) -> None:
    with socket.create_connection(("127.0.0.1", guarded.port), timeout=30) as line:
        line.sendall(b"GET /healthz HTTP/1.1\r\nX-A: ")
        answer = b"".join(iter(lambda: line.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"headers_too_slow" in answer
