"""WebSocket connections to platforms: bounded, without redirects, and with nothing of what passes in the log."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

# The library logs whole frames at DEBUG, which hold tokens and what was said.
_quiet = logging.getLogger(f"{__name__}.library")
_quiet.setLevel(logging.WARNING)

OPEN_TIMEOUT = 10.0
_CLOSE_TIMEOUT = 0.4
_MOST_WAITING = 64


class _Direct(connect):
    """A redirect would lead past the list of hosts."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


@asynccontextmanager
async def websocket(url: str, *, most: int, user_agent: str | None = None) -> AsyncIterator[ClientConnection]:
    """A connection; `most` bytes a frame. Raises `OSError`, `TimeoutError`, `WebSocketException`."""
    connection = await _Direct(
        url,
        max_size=most,
        max_queue=_MOST_WAITING,
        open_timeout=OPEN_TIMEOUT,
        close_timeout=_CLOSE_TIMEOUT,
        ping_interval=20,
        ping_timeout=20,
        user_agent_header=user_agent,
        logger=_quiet,
    )
    try:
        yield connection
    finally:
        with suppress(OSError, WebSocketException):
            await connection.close()
