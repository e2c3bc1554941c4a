"""A client that leaves stops the work done for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import Receive

from ishowtts.serving.cancel import CancelToken


@asynccontextmanager
async def cancelled_on_disconnect(receive: Receive, token: CancelToken) -> AsyncIterator[None]:
    """Trip `token` when the client leaves before the block ends. The request's body must have been read."""
    watcher = asyncio.create_task(_watch(receive, token))
    try:
        yield
    finally:
        watcher.cancel()


async def _watch(receive: Receive, token: CancelToken) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    token.cancel("the client left")
