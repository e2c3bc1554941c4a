"""HEAD, for those who only want to know whether something is there: probes, link checkers."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ishowtts.api.wanted import wanted


class Head:
    """The answer to GET without its body, on the paths that anybody may GET. Elsewhere it could cost a speech."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return
        as_get = {**scope, "method": "GET", "state": {**scope.get("state", {})}}
        found = wanted(as_get)
        if found.scope is not None or not found.known:
            await self.app(scope, receive, send)
            return
        ended = False

        async def without_body(message: Message) -> None:
            nonlocal ended
            if message["type"] != "http.response.body":
                await send(message)
            elif not ended:
                ended = True
                await send({"type": "http.response.body", "body": b""})

        scope.setdefault("state", {})["wanted"] = found
        await self.app({**scope, "method": "GET"}, receive, without_body)
