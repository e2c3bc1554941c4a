"""Every request has an id, the caller's or ours, and every answer carries it."""

from __future__ import annotations

import re
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-ID"
# Printable ASCII without the space: it goes into log lines made of key=value.
_VALID = re.compile(r"[\x21-\x7e]{1,128}\Z")


class RequestId:
    """Puts the id in `scope["state"]["request_id"]` and in the answer's headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        wished = Headers(scope=scope).get(HEADER, "")
        request_id = wished if _VALID.match(wished) else uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_id(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        await self.app(scope, receive, send_with_id)


def request_id(scope: Scope) -> str:
    """The id of the request; "-" outside the middleware."""
    found: str = scope.get("state", {}).get("request_id", "-")
    return found
