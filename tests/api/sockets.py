"""Clients of our WebSockets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from tests.api.server import Served
from tests.serving.running import PATIENCE


@asynccontextmanager
async def socket(served: Served, path: str, **headers: str) -> AsyncIterator[ClientConnection]:
    async with connect(
        f"ws://127.0.0.1:{served.port}{path}",
        additional_headers={name.replace("_", "-"): value for name, value in headers.items()},
        max_size=2**24,
        proxy=None,
    ) as connection:
        yield connection


async def refused(served: Served, path: str, **headers: str) -> tuple[int, dict[str, Any]]:
    """Status and error of a handshake that must fail."""
    try:
        async with socket(served, path, **headers):
            raise AssertionError("it was let in")
    except InvalidStatus as error:
        response = error.response
        assert response.headers["x-request-id"]
        told: dict[str, Any] = json.loads(response.body or b"{}")["error"]
        assert set(told) == {"message", "type", "code", "param"}
        return response.status_code, told


async def ask(connection: ClientConnection, **request: object) -> dict[str, Any]:
    """The answer with the id of this request; events in between are left out."""
    await connection.send(json.dumps({"id": "1", **request}))
    return await answer(connection)


async def answer(connection: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE):
        while True:
            told: dict[str, Any] = json.loads(await connection.recv())
            if "status" in told:
                return told
