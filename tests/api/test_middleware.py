from __future__ import annotations

import re
from pathlib import Path

import pytest
from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse

from tests.api.server import TWO, client_of, error_of, make, serving

pytestmark = pytest.mark.anyio


async def test_a_defect_is_a_plain_500_with_nothing_of_it_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app, _ = make(tmp_path)

    @app.get("/broken")
    async def broken() -> None:
        raise ZeroDivisionError("secret")

    @app.get("/breaks-off")
    async def breaks_off() -> StreamingResponse:
        async def body() -> object:
            yield b"some"
            raise ZeroDivisionError("secret")

        return StreamingResponse(body())

    @app.get("/gone")
    async def gone() -> None:
        raise ClientDisconnect

    @app.get("/typed")
    async def typed(number: int, request: Request) -> None: ...

    async with client_of(app) as client:
        response = await client.get("/broken", headers={"X-Request-ID": "it-1"})
        assert response.status_code == 500
        error = error_of(response)
        assert (error["code"], response.headers["x-request-id"]) == ("internal_error", "it-1")
        assert "secret" not in response.text
        assert any("it-1" in record.message and record.exc_info for record in caplog.records)
        with pytest.raises(ZeroDivisionError):  # what has begun is cut off, not patched up
            await client.get("/breaks-off")
        typed_wrong = await client.get("/typed?number=x")
        assert typed_wrong.status_code == 422
        assert error_of(typed_wrong)["param"] == "number"


async def test_one_line_a_request_without_the_text(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    async with serving(tmp_path) as served:
        await served.client.post("/tts", json={"text": TWO}, headers={"X-Request-ID": "r-1"})
        await served.client.get("/tts", params={"text": TWO, "voice": "nobody"}, headers={"X-Request-ID": "r-2"})
        await served.client.post("/tts", json={"text": TWO, "stream": "sse"}, headers={"X-Request-ID": "r-3"})
        await served.client.get("/evil%0Apath=1", headers={"X-Request-ID": "r-4"})
        await served.client.get("/healthz", headers={"X-Request-ID": "r-5"})
    lines = {r.message.split()[0].removeprefix("id="): r.message for r in caplog.records if r.name == "ishowtts.access"}
    assert set(lines) == {"r-1", "r-2", "r-3", "r-4"}
    for key in (
        "voice=ann",
        f"chars={len(TWO)}",
        "audio_s=",
        "queue_ms=",
        "ttfa_ms=",
        "rtf=",
        "status=200",
        "outcome=ok",
    ):
        assert key in lines["r-1"]
        assert key in lines["r-3"]
    assert re.search(r" batch=[12]\.\d cache=miss ", lines["r-1"])
    assert "cache=hit" in lines["r-3"]
    assert "status=404" in lines["r-2"]
    assert "outcome=voice_not_found" in lines["r-2"]
    assert all("\n" not in line for line in lines.values())
    assert not any("first" in r.getMessage() for r in caplog.records if r.name.startswith("ishowtts"))


async def test_the_line_can_be_turned_off(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    app, _ = make(tmp_path, server={"access_log": False})
    async with client_of(app) as client:
        await client.get("/voices")
    assert not [record for record in caplog.records if record.name == "ishowtts.access"]
