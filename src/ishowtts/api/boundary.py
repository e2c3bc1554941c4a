"""The outermost try: whatever gets out of the app still becomes the one error body."""

from __future__ import annotations

import logging

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ishowtts.api.access_log import CLIENT_LEFT, access
from ishowtts.api.errors import error_response, internal_error
from ishowtts.api.request_id import request_id
from ishowtts.errors import SpeechError

log = logging.getLogger(__name__)


class ErrorBoundary:
    """Inside the request id, so that a 500 carries it too; Starlette's own 500 is made outside all middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def send_and_note(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        except ClientDisconnect:
            access(scope).outcome = CLIENT_LEFT
        except Exception as error:
            if not isinstance(error, SpeechError):
                log.exception("request %s failed", request_id(scope))
            if started:  # the client must see that the answer broke off
                raise
            told = error if isinstance(error, SpeechError) else internal_error()
            access(scope).outcome = told.code
            await error_response(told, scope["path"])(scope, receive, send)
