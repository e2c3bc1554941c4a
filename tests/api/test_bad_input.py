from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.server import client_of, error_of, make

pytestmark = pytest.mark.anyio

JSON = {"content-type": "application/json"}


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Bad input is told even while there is no model, so none is started."""
    app, _ = make(tmp_path, server={"max_text_chars": 100, "max_body_bytes": 65_536})
    async with client_of(app) as client:
        yield client


@pytest.mark.parametrize(
    ("body", "status", "code", "param"),
    [
        ({}, 422, "invalid_value", "text"),
        ({"text": ""}, 422, "nothing_to_say", "text"),
        ({"text": " \n "}, 422, "nothing_to_say", "text"),
        ({"text": "?!…"}, 422, "nothing_to_say", "text"),
        ({"text": "🎉🎉🎉"}, 422, "nothing_to_say", "text"),
        ({"text": "a\0b"}, 422, "invalid_value", "text"),
        ({"text": "a\ud800b"}, 422, "invalid_value", "text"),
        ({"text": "字" * 101}, 413, "text_too_long", "text"),
        ({"text": "a", "voice": "nobody"}, 404, "voice_not_found", "voice"),
        ({"text": "a", "voice": "anne"}, 404, "voice_not_found", "voice"),
        ({"text": "a", "voice": "../../etc/passwd"}, 404, "voice_not_found", "voice"),
        ({"text": "a", "voice": "ann\n"}, 404, "voice_not_found", "voice"),
        ({"text": "a", "voice": "\ud800"}, 404, "voice_not_found", "voice"),
        ({"text": "a", "nfe_step": 0}, 422, "invalid_value", "nfe_step"),
        ({"text": "a", "nfe_step": 10**9}, 422, "invalid_value", "nfe_step"),
        ({"text": "a", "speed": 0}, 422, "invalid_value", "speed"),
        ({"text": "a", "speed": "1"}, 422, "invalid_value", "speed"),
        ({"text": "a", "speeed": 1}, 422, "invalid_value", "speeed"),
        ([], 422, "invalid_value", None),
    ],
    ids=lambda value: repr(value)[:40],
)
async def test_a_bad_body_gets_one_clear_error(
    client: httpx.AsyncClient, body: Any, status: int, code: str, param: str | None
) -> None:
    response = await client.post("/tts", content=json.dumps(body), headers=JSON)
    assert response.status_code == status
    error = error_of(response)
    assert (error["code"], error["param"], error["type"]) == (code, param, "invalid_request_error")


async def test_an_unknown_voice_comes_with_a_hint(client: httpx.AsyncClient) -> None:
    message = error_of(await client.post("/tts", json={"text": "a", "voice": "anne"}))["message"]
    assert "'ann'" in message
    assert "/voices" in message


@pytest.mark.parametrize(
    "data", [b"", b"{", b'{"text": "a", "speed": NaN}', b"\xff", b"[" * 60_000, b'{"seed":' + b"9" * 60_000 + b"}"]
)
async def test_what_is_not_json(client: httpx.AsyncClient, data: bytes) -> None:
    response = await client.post("/tts", content=data, headers=JSON)
    assert response.status_code == 400
    assert error_of(response)["code"] == "bad_json"


async def test_a_body_over_the_limit_is_refused_declared_or_not(client: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b" " * 4096

    declared = await client.post("/tts", json={"text": "a" * 1_000_000})
    streamed = await client.post("/tts", content=endless(), headers=JSON)
    for response in (declared, streamed):
        assert response.status_code == 413
        assert error_of(response)["code"] == "body_too_large"
    assert sent <= 65_536 / 4096 + 2
    exact = b'{"text": ""}'.ljust(65_536)
    assert (await client.post("/tts", content=exact, headers=JSON)).status_code == 422


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("PUT", "/tts", 405, "method_not_allowed"),
        ("DELETE", "/version", 405, "method_not_allowed"),
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/tts?text=a&nfe_step=0", 422, "invalid_value"),
        ("GET", "/tts?text=a&nonsense=1", 422, "invalid_value"),
        ("GET", "/tts?text=", 422, "nothing_to_say"),
        ("GET", "/tts?text=%00", 422, "invalid_value"),
        ("GET", "/tts?text=a&voice=nobody", 404, "voice_not_found"),
        ("POST", "/tts?speed=2", 422, "invalid_value"),
    ],
)
async def test_wrong_methods_paths_and_queries(
    client: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    response = await client.request(method, path, json={"text": "a"} if method == "POST" else None)
    assert response.status_code == status
    assert error_of(response)["code"] == code
    if status == 405:
        assert response.headers["allow"] == {"/tts": "GET, POST, DELETE", "/version": "GET"}[path]


@pytest.mark.parametrize("wish", [{"stream": "sse"}, {"stream": "audio"}, {}])
async def test_before_the_model_is_there_the_answer_is_503(client: httpx.AsyncClient, wish: dict[str, str]) -> None:
    response = await client.post("/tts", json={"text": "Hello.", **wish})
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) >= 1
    assert error_of(response)["code"] == "not_ready"
