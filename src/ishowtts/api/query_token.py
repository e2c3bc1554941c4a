"""A key in the URL, for what cannot set headers; taken out of it before anything can log, echo or check the query."""

from __future__ import annotations

from typing import cast
from urllib.parse import unquote_plus

from starlette.types import ASGIApp, Receive, Scope, Send

NAME = "token"


class QueryToken:
    """Moves `?token=` from the query to `scope["state"]`; must be the outermost."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            kept, found = [], ""
            for pair in scope["query_string"].split(b"&"):
                name, _, value = pair.partition(b"=")
                if unquote_plus(name.decode("latin-1")) == NAME:
                    found = found or unquote_plus(value.decode("latin-1"))
                else:
                    kept.append(pair)
            scope["query_string"] = b"&".join(kept)
            scope.setdefault("state", {})["query_token"] = found
        await self.app(scope, receive, send)


def query_token(scope: Scope) -> str:
    """The key that was in the URL; empty where there was none."""
    return cast(str, scope.get("state", {}).get("query_token", ""))
