"""While the server drains nothing new begins, and every connection that has its answer is closed."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ishowtts.errors import NotReady
from ishowtts.serving.drain import Drain

PROBES = frozenset({"/healthz", "/health", "/readyz", "/metrics", "/version"})
"""Answered to the end."""

RETRY_SECONDS = 5.0
"""A server that is started again is not ready sooner."""


class Draining:
    """Raises `NotReady` for what comes after `drain` began, probes aside."""

    def __init__(self, app: ASGIApp, drain: Drain) -> None:
        self.app = app
        self.drain = drain

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and self.drain.begun.is_set() and scope["path"] not in PROBES:
            raise NotReady("The server is shutting down; try again soon.", retry_after=RETRY_SECONDS)
        await self.app(scope, receive, send)


class LastAnswers:
    """Says `Connection: close` on every answer from then on: the next request belongs to another server."""

    def __init__(self, app: ASGIApp, drain: Drain) -> None:
        self.app = app
        self.drain = drain

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_and_close(message: Message) -> None:
            if message["type"] == "http.response.start" and self.drain.begun.is_set():
                MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        await self.app(scope, receive, send_and_close)
