"""The outermost try: whatever gets out of the app still becomes the one error body."""

from __future__ import annotations

import contextlib
import logging

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ishowtts.api.access_log import CLIENT_LEFT, access
from ishowtts.api.errors import error_response, internal_error
from ishowtts.api.request_id import request_id
from ishowtts.errors import SpeechError

log = logging.getLogger(__name__)

_STARTS = ("http.response.start", "websocket.http.response.start", "websocket.accept", "websocket.close")
_BROKEN = 1011


class ErrorBoundary:
    """Inside the request id, so that a 500 carries it too; Starlette's own 500 is made outside all middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        started = False

        async def send_and_note(message: Message) -> None:
            nonlocal started
            started = started or message["type"] in _STARTS
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        except ClientDisconnect:
            access(scope).outcome = CLIENT_LEFT
        except Exception as error:
            if not isinstance(error, SpeechError):
                log.exception("request %s failed", request_id(scope))
            if started and scope["type"] == "websocket":
                access(scope).outcome = internal_error().code
                with contextlib.suppress(OSError, RuntimeError):  # it may be closed already
                    await send({"type": "websocket.close", "code": _BROKEN})
                return
            if started:  # the client must see that the answer broke off
                raise
            told = error if isinstance(error, SpeechError) else internal_error()
            access(scope).outcome = told.code
            await error_response(told, scope["path"])(scope, receive, send)
