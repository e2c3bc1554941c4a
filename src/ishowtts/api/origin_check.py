"""Other people's pages do not spend the GPU's time, nor change anything: only those of allowed origins do."""

from __future__ import annotations

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ishowtts.api.errors import error_response
from ishowtts.api.wanted import wanted
from ishowtts.errors import WrongOrigin
from ishowtts.settings.hosts import same_origin

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_FOREIGN_PAGE = (
    "A page of another origin asks, and the settings do not allow that: add its origin to server.allowed_origins."
)
_NO_ORIGIN = (
    "A page of another origin asks without saying which: add its origin to server.allowed_origins and ask with CORS "
    '(`fetch`, or the attribute crossorigin="anonymous").'
)


def is_allowed(origin: str, allowed: Collection[str]) -> bool:
    return "*" in allowed or origin.lower() in allowed


class Cors(CORSMiddleware):
    """Browsers' questions and our permissions, for the allowed origins; never with cookies. Refusals have our body."""

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        # Any header may be sent (clients bring their own, such as x-stainless-*), and any of ours may be read.
        super().__init__(app, origins, METHODS, allow_headers=("*",), allow_private_network=True, expose_headers=("*",))

    def is_allowed_origin(self, origin: str) -> bool:
        return is_allowed(origin, self.allow_origins)

    def preflight_response(self, request_headers: Headers) -> Response:
        answer = super().preflight_response(request_headers)
        return answer if answer.status_code == 200 else error_response(WrongOrigin(_FOREIGN_PAGE), "")


class OriginCheck:
    """Raises `WrongOrigin`. What a page may GET without a key (probes, documentation) is not looked at."""

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        self.app = app
        self.origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and not _is_harmless(scope):
            headers = Headers(scope=scope)
            origin = headers.get("origin")
            if origin is not None:
                if not is_allowed(origin, self.origins) and not same_origin(origin, headers.get("host", "")):
                    raise WrongOrigin(_FOREIGN_PAGE)
            # Another port of this machine is the same site, and all the same another's page.
            elif headers.get("sec-fetch-site", "").lower() in ("cross-site", "same-site"):
                raise WrongOrigin(_NO_ORIGIN)
        await self.app(scope, receive, send)


def _is_harmless(scope: Scope) -> bool:
    if scope.get("method") not in ("GET", "HEAD", "OPTIONS"):
        return False
    needs = wanted(scope)
    return needs.known and needs.scope is None
