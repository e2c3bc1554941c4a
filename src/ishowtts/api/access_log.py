"""What is learned of a request, and one line of it in the log when it is over. Never the text, nor the query of it."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ishowtts.api.caller import Caller
from ishowtts.api.request_id import request_id
from ishowtts.errors import Cancelled, SpeechError
from ishowtts.logs import FIELDS
from ishowtts.serving.register import TAKEN_BACK
from ishowtts.synthesis.sound import Made, Speech

log = logging.getLogger("ishowtts.access")

PROBES = frozenset({"/healthz", "/readyz", "/health", "/metrics"})
CLIENT_LEFT = "client_left"


def outcome_of(error: SpeechError) -> str:
    """Its code; where nobody is left to be told, that."""
    return CLIENT_LEFT if isinstance(error, Cancelled) and error.message != TAKEN_BACK else error.code


@dataclass
class Access:
    """What is known of a request; whoever learns something writes it here, for log, metrics and traces."""

    outcome: str = "ok"
    details: dict[str, str | int | float] = field(default_factory=dict)
    """What the line will tell beside the usual."""
    stream: str = "no"
    """How the sound is sent: "no" (a whole file), "audio" or "sse"."""
    speech: Speech | None = None
    first_sound: float | None = None
    """When the first sound went out (`time.monotonic()`)."""
    underrun: float | None = None
    """Worst deficit in seconds of a player that starts with the first sound; None where it is not streamed."""

    made: Sequence[Made] = ()
    """Segments that were spoken for it."""
    encoded: list[tuple[float, float]] = field(default_factory=list)
    """When encoding began and ended (`time.monotonic()`), for each piece of sound."""

    @contextmanager
    def encoding(self) -> Iterator[None]:
        """Around what encodes a piece of sound."""
        begun = time.monotonic()
        yield
        self.encoded.append((begun, time.monotonic()))

    def heard(self, t0: float | None = None) -> None:
        """Sound goes out now; in a stream, what belongs `t0` seconds after the start."""
        now = time.monotonic()
        if self.first_sound is None:
            self.first_sound = now
        if t0 is not None:
            self.underrun = max(self.underrun or 0.0, now - self.first_sound - t0)


def access(scope: Scope) -> Access:
    """The record of this request."""
    return cast(Access, scope.setdefault("state", {}).setdefault("access", Access()))


class AccessLog:
    """Writes the lines: `enabled` False turns them off; probes are logged at DEBUG only."""

    def __init__(self, app: ASGIApp, enabled: bool = True) -> None:
        self.app = app
        self.enabled = enabled

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or not self.enabled:
            await self.app(scope, receive, send)
            return
        started = time.monotonic()
        status = 0

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                status = message["status"]
            elif message["type"] == "websocket.accept":
                status = 101
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        finally:
            level = logging.DEBUG if scope["path"] in PROBES else logging.INFO
            if log.isEnabledFor(level):
                fields = _fields(scope, status, time.monotonic() - started)
                log.log(level, "%s", _line(fields), extra={FIELDS: fields})


def _fields(scope: Scope, status: int, seconds: float) -> dict[str, str | int | float]:
    record = access(scope)
    outcome = record.outcome if status else CLIENT_LEFT
    if status >= 400 and outcome == "ok":
        outcome = "error"
    return {
        "id": request_id(scope),
        "client": _client(scope),
        "method": scope.get("method", "GET"),
        "path": scope["path"][:128],
        "status": status or 499,
        "ms": round(1000 * seconds),
        **record.details,
        "outcome": outcome,
    }


def _client(scope: Scope) -> str:
    """Name of the key, else the address; of those who were refused the address."""
    known = scope.get("state", {}).get("caller")
    return known.name if isinstance(known, Caller) else (scope.get("client") or ("-",))[0]


def _line(fields: dict[str, str | int | float]) -> str:
    # The path is the caller's too: quoted, so that it cannot start a line of its own.
    return " ".join(f"{key}={json.dumps(value) if key == 'path' else value}" for key, value in fields.items())
