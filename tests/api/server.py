"""The app around a real worker process with the fake engine: without sockets, or listening on a free port."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import soundfile
import uvicorn
from fastapi import FastAPI

from ishowtts.api.listen import uvicorn_config
from ishowtts.app import create_app
from ishowtts.serving.metrics import Metrics
from ishowtts.serving.process import EngineFactory
from ishowtts.serving.worker import Worker
from ishowtts.settings import Settings, VoiceSettings
from ishowtts.voices.library import VoiceLibrary
from tests.fakes import FakeFactory
from tests.serving.running import PATIENCE

TWO = "This is the first sentence of two. And here the second one comes after it."
SEGMENTS = {"first_segment_seconds": 2.0, "max_segment_seconds": 3.0, "default_voice": {"en": "ann", "zh": "mei"}}


@dataclass(frozen=True)
class Served:
    client: httpx.AsyncClient
    app: FastAPI
    worker: Worker
    port: int = 0
    server: uvicorn.Server | None = None

    async def idle(self) -> None:
        """Until the worker has nothing left to do."""
        async with asyncio.timeout(PATIENCE):
            while (status := self.worker.status()).queued + status.running:  # noqa: ASYNC110
                await asyncio.sleep(0.005)


def voices(folder: Path) -> VoiceLibrary:
    """`ann` speaks English, `mei` Chinese."""
    clip = folder / "clip.wav"
    soundfile.write(clip, np.sin(np.arange(24_000) / 20), 24_000)
    entries = [
        VoiceSettings(id="ann", audio=clip, text="I am Ann.", name="Ann"),
        VoiceSettings(id="mei", audio=clip, text="我是小美。", language="zh"),
    ]
    return VoiceLibrary(None, entries, folder / "voices", {"en": "ann", "zh": "mei"})


def make(folder: Path, factory: EngineFactory | None = None, **sections: dict[str, Any]) -> tuple[FastAPI, Worker]:
    """An app and its worker, not started."""
    sections["server"] = {"allowed_hosts": ["test"], **sections.get("server", {})}
    sections["danmaku"] = {"state_file": None, **sections.get("danmaku", {})}
    sections["synthesis"] = {**SEGMENTS, **sections.get("synthesis", {})}
    settings = Settings.model_validate({"voices_dir": folder / "voices", **sections})
    metrics = Metrics()
    worker = Worker(settings.queue, factory or FakeFactory(), metrics=metrics)
    return create_app(settings, worker=worker, library=voices(folder), metrics=metrics), worker


def client_of(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test", timeout=PATIENCE)


@asynccontextmanager
async def serving(
    folder: Path, factory: EngineFactory | None = None, *, wait: bool = True, **sections: dict[str, Any]
) -> AsyncIterator[Served]:
    """The app with its lifespan, without sockets."""
    app, worker = make(folder, factory, **sections)
    async with app.router.lifespan_context(app), client_of(app) as client:
        if wait:
            await asyncio.wait_for(worker.wait_ready(), PATIENCE)
        yield Served(client, app, worker)


@asynccontextmanager
async def listening(
    folder: Path, factory: EngineFactory | None = None, *, port: int = 0, **sections: dict[str, Any]
) -> AsyncIterator[Served]:
    """The app in uvicorn, on `port` of this machine; 0 is a free one."""
    app, worker = make(folder, factory, **sections)
    server = uvicorn.Server(uvicorn_config(app, app.state.services.settings.server, timeout_graceful_shutdown=5))
    with socket.create_server(("127.0.0.1", port)) as listener:
        port = listener.getsockname()[1]
        running = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client:
                await asyncio.wait_for(worker.wait_ready(), PATIENCE)
                yield Served(client, app, worker, port, server)
        finally:
            server.should_exit = True
            await asyncio.wait_for(running, PATIENCE)


def error_of(response: httpx.Response) -> dict[str, Any]:
    """The error of a response, after a look at the shape of all of it."""
    body = response.json()
    assert list(body) == ["error"]
    assert set(body["error"]) == {"message", "type", "code", "param"}
    assert body["error"]["message"]
    assert response.headers["x-request-id"]
    error: dict[str, Any] = body["error"]
    return error
