"""One line a request, written when it is over. Never the text, nor the query it may be in."""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass, field
from typing import cast

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ishowtts.api.request_id import request_id

log = logging.getLogger("ishowtts.access")

PROBES = frozenset({"/healthz", "/readyz"})
CLIENT_LEFT = "client_left"


@dataclass
class Access:
    """What the line will tell; whoever learns something writes it here."""

    outcome: str = "ok"
    details: dict[str, object] = field(default_factory=dict)


def access(scope: Scope) -> Access:
    """The record of this request."""
    return cast(Access, scope.setdefault("state", {}).setdefault("access", Access()))


class AccessLog:
    """Writes the lines: `enabled` False turns them off; probes are logged at DEBUG only."""

    def __init__(self, app: ASGIApp, enabled: bool = True) -> None:
        self.app = app
        self.enabled = enabled

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self.enabled:
            await self.app(scope, receive, send)
            return
        started = time.monotonic()
        status = 0

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        finally:
            level = logging.DEBUG if scope["path"] in PROBES else logging.INFO
            if log.isEnabledFor(level):
                log.log(level, "%s", _line(scope, status, time.monotonic() - started))


def _line(scope: Scope, status: int, seconds: float) -> str:
    record = access(scope)
    outcome = record.outcome if status else CLIENT_LEFT
    if status >= 400 and outcome == "ok":
        outcome = "error"
    # The path is the caller's too: quoted, so that it cannot start a line of its own.
    parts: dict[str, object] = {
        "id": request_id(scope),
        "method": scope["method"],
        "path": json.dumps(scope["path"][:128]),
        "status": status or 499,
        "ms": round(1000 * seconds),
        **record.details,
        "outcome": outcome,
    }
    return " ".join(f"{key}={value}" for key, value in parts.items())
