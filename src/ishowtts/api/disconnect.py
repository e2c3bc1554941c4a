"""A client that leaves stops the work done for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from starlette.types import Receive

from ishowtts.errors import Cancelled
from ishowtts.serving.cancel import CancelToken

T = TypeVar("T")


@asynccontextmanager
async def cancelled_on_disconnect(receive: Receive, token: CancelToken) -> AsyncIterator[None]:
    """Trip `token` when the client leaves before the block ends. The request's body must have been read."""
    watcher = asyncio.create_task(_watch(receive, token))
    try:
        yield
    finally:
        watcher.cancel()


async def unless_left(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """What `work` gives; it is cancelled, and `Cancelled` raised, when the client leaves before."""
    working, watcher = asyncio.create_task(work), asyncio.create_task(_left(receive))
    try:
        await asyncio.wait({working, watcher}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise Cancelled("the client left")
        return working.result()
    finally:
        watcher.cancel()
        if working.cancel():
            await asyncio.wait({working})


async def _watch(receive: Receive, token: CancelToken) -> None:
    await _left(receive)
    token.cancel("the client left")


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
