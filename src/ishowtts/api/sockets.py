"""What all WebSockets have in common: so many at once, and an end when the server ends."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import cast

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from ishowtts.api.access_log import CLIENT_LEFT, access
from ishowtts.api.services import Services
from ishowtts.errors import TooManyConnections

MOST_SOCKETS = 32
LEAVING = 1012
"""The close code of a server that is started again; clients connect anew."""
TOO_MUCH = 1008


class Sockets:
    """Those of one app that are open."""

    def __init__(self, most: int = MOST_SOCKETS) -> None:
        self.open = 0
        self._most = most

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Raises `TooManyConnections`."""
        if self.open >= self._most:
            raise TooManyConnections(f"There are {self._most} WebSockets, as many as may be.", retry_after=5)
        self.open += 1
        try:
            yield
        finally:
            self.open -= 1


def sockets(websocket: WebSocket) -> Sockets:
    return cast(Sockets, websocket.app.state.sockets)


def services_of(websocket: WebSocket) -> Services:
    return cast(Services, websocket.app.state.services)


async def until_over(websocket: WebSocket, work: Coroutine[None, None, None]) -> None:
    """Run `work` on an accepted socket until it is done, the client has left, or the server drains."""
    record = access(websocket.scope)
    working = asyncio.create_task(work)
    over = asyncio.create_task(services_of(websocket).drain.begun.wait())
    code = 1000
    try:
        await asyncio.wait({working, over}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
        else:
            code = LEAVING
    except WebSocketDisconnect:
        record.outcome = CLIENT_LEFT
    except TimeoutError:
        record.outcome = "slow_reader"
    finally:
        for task in (working, over):
            task.cancel()
        await asyncio.wait({working, over})
    if WebSocketState.DISCONNECTED not in (websocket.client_state, websocket.application_state):
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await websocket.close(code)
