"""A stranger's page in a real browser: fetch and EventSource, from an allowed origin and from another."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from tests.api.server import TWO, listening

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.anyio,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
]

PAGE = """<!doctype html><title>a stranger</title><script type="module">
const found = {};
const query = new URLSearchParams({text: TEXT, seed: "1"});
try {
  const body = JSON.stringify({text: TEXT, seed: 1, stream: "audio"});
  const response = await fetch(`${API}/tts`, {method: "POST", headers: {"content-type": "application/json"}, body});
  found.status = response.status;
  found.seed = response.headers.get("x-seed");
  found.bytes = 0; found.pieces = 0;
  const reader = response.body.getReader();
  for (let part; !(part = await reader.read()).done;) { found.bytes += part.value.length; found.pieces += 1; }
  const refused = await fetch(`${API}/tts`, {method: "POST", body: "{}"});
  found.refusal = (await refused.json()).error.code;
} catch (error) { found.fetch_error = error.name; }
await new Promise(resolve => {
  const source = new EventSource(`${API}/tts?stream=sse&${query}`);
  found.events = [];
  for (const name of ["meta", "audio", "done"])
    source.addEventListener(name, event => found.events.push([name, JSON.parse(event.data).text ?? null]));
  source.onerror = () => {
    found.errors = (found.errors ?? 0) + 1;
    if (source.readyState === EventSource.CLOSED || found.errors > 5) { found.closed = source.readyState; resolve(); }
  };
});
await fetch("/found", {method: "POST", body: JSON.stringify(found)});
</script>"""


async def visit(api: str, page_port: int, folder: Path) -> dict[str, Any]:
    """What the page has found, after a visit of a real browser."""
    assert CHROMIUM is not None
    found: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()

    async def page(request: Request) -> Response:
        constants = f"<script>const API = {json.dumps(api)}, TEXT = {json.dumps(TWO)};</script>"
        return HTMLResponse(constants + PAGE)

    async def told(request: Request) -> Response:
        found.set_result(json.loads(await request.body()))
        return Response(status_code=204)

    app = Starlette(routes=[Route("/", page), Route("/found", told, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, port=page_port, log_config=None, access_log=False))
    running = asyncio.create_task(server.serve())
    browser = await asyncio.create_subprocess_exec(
        CHROMIUM,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        f"--user-data-dir={folder / 'profile'}",
        "--remote-debugging-port=0",
        f"http://127.0.0.1:{page_port}/",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        return await asyncio.wait_for(found, 90)
    finally:
        browser.kill()
        await browser.wait()
        server.should_exit = True
        await running


async def test_an_allowed_page_hears_by_fetch_and_by_eventsource(tmp_path: Path, free_tcp_port: int) -> None:
    origin = f"http://127.0.0.1:{free_tcp_port}"
    async with listening(tmp_path, server={"allowed_origins": [origin]}) as served:
        whole = await served.client.post("/tts", json={"text": TWO, "seed": 1})
        found = await visit(f"http://127.0.0.1:{served.port}", free_tcp_port, tmp_path)
    assert found["status"] == 200
    assert found["seed"] == "1"
    assert found["bytes"] == len(whole.content)
    assert found["refusal"] == "invalid_value"
    names = [name for name, _ in found["events"]]
    assert names == ["meta", *["audio"] * (len(names) - 2), "done"]
    assert len(names) > 3
    assert found["closed"] == 2, (
        "when it connects again after the end it is told to stop, and the text is not said twice"
    )


async def test_another_page_gets_nothing(tmp_path: Path, free_tcp_port: int) -> None:
    async with listening(tmp_path) as served:
        found = await visit(f"http://127.0.0.1:{served.port}", free_tcp_port, tmp_path)
        assert served.worker.status().queued == 0
    assert found["fetch_error"] == "TypeError"
    assert found["events"] == []
    assert found["closed"] == 2
