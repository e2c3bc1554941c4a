"""No body larger than the limit of its route is read, declared or not, and none for longer than a request may take."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ishowtts.errors import BodyTooLarge, DeadlineExceeded

_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


class BodyLimit:
    """Raises `BodyTooLarge`: at once by Content-Length, else as soon as too much has come; or `DeadlineExceeded`.

    `larger` tells the limit of a route that takes more than `max_bytes`; None for all others.
    """

    def __init__(
        self, app: ASGIApp, max_bytes: int, seconds: float, larger: Callable[[Scope], int | None] = lambda _: None
    ) -> None:
        self.app = app
        self.max_bytes = max_bytes
        self.seconds = seconds
        self.larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.larger(scope) or self.max_bytes
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and int(declared[:20]) > limit:
            raise _error(limit)
        seen = 0
        deadline: float | None = None
        if scope["method"] in _WITH_BODY:
            deadline = asyncio.get_running_loop().time() + self.seconds

        async def receive_limited() -> Message:
            nonlocal seen, deadline
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise DeadlineExceeded("The body took too long to arrive.") from None
            if not message.get("more_body"):
                deadline = None  # what comes after the body is the client's leaving
            seen += len(message.get("body", b""))
            if seen > limit:
                raise _error(limit)
            return message

        await self.app(scope, receive_limited, send)


def _error(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"The body is larger than the {limit} bytes this server takes.")
