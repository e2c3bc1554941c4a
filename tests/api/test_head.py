from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.api.server import client_of, error_of, listening, make

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/version", "/docs", "/openapi.json"])
async def test_head_is_get_without_the_body(tmp_path: Path, path: str) -> None:
    app, _ = make(tmp_path, auth={"keys": [{"name": "a", "sha256": "0" * 64, "scopes": ["admin"]}]})
    async with client_of(app) as client:
        got, head = await client.get(path), await client.head(path)
    assert head.status_code == got.status_code
    assert head.content == b""
    assert head.headers["content-type"] == got.headers["content-type"]
    assert head.headers["content-length"] == str(len(got.content))


async def test_what_costs_speech_or_wants_a_key_takes_no_head(tmp_path: Path) -> None:
    app, _ = make(tmp_path)
    async with client_of(app) as client:
        for path in ("/tts?text=Hello.", "/voices/ann/preview", "/metrics"):
            assert (await client.head(path)).status_code == 405, path
        assert (await client.head("/nowhere")).status_code == 404
        assert error_of(await client.request("POST", "/healthz"))["code"] == "method_not_allowed"


async def test_a_connection_goes_on_after_a_head(tmp_path: Path) -> None:
    async with listening(tmp_path) as served:
        for _ in range(3):
            assert (await served.client.head("/healthz")).status_code == 200
            assert (await served.client.get("/healthz")).json() == {"status": "ok"}
        counted = (await served.client.get("/metrics")).text
    assert re.search(r'^tts_requests_total{code="200",endpoint="/healthz"} 6.0$', counted, re.MULTILINE), counted
