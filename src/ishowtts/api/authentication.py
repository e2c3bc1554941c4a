"""Every request gets its caller, or is refused, before any route sees it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as AsgiScope

from ishowtts.api.caller import ALL_SCOPES, Caller, peer_name
from ishowtts.api.query_token import query_token
from ishowtts.api.wanted import Wanted, wanted
from ishowtts.errors import InvalidApiKey, MissingApiKey, MissingScope
from ishowtts.settings import AuthSettings

_LONGEST = 512  # characters; no key of ours is longer


class Keys:
    """The configured keys, as digests."""

    def __init__(self, settings: AuthSettings) -> None:
        self._entries = [
            (bytes.fromhex(key.sha256), Caller(key.name, frozenset(key.scopes), key.priority)) for key in settings.keys
        ]

    def __bool__(self) -> bool:
        return bool(self._entries)

    def find(self, key: str) -> Caller | None:
        """Whose key it is. Takes the same time whichever one it is, or none."""
        digest = hashlib.sha256(key[:_LONGEST].encode("utf-8", "replace")).digest()
        found = None
        for known, holder in self._entries:
            if hmac.compare_digest(known, digest):
                found = holder
        return found


class Authentication:
    """Raises `MissingApiKey`, `InvalidApiKey`, `MissingScope`; without configured keys everyone may do everything."""

    def __init__(self, app: ASGIApp, settings: AuthSettings, open_paths: Iterable[str] = ()) -> None:
        self.app = app
        self.keys = Keys(settings)
        self.open_paths = frozenset(open_paths)

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            scope.setdefault("state", {})["caller"] = self._caller(scope)
        await self.app(scope, receive, send)

    def _caller(self, scope: AsgiScope) -> Caller:
        if not self.keys:
            return Caller(_peer(scope), ALL_SCOPES, "high")
        want = Wanted(None) if scope["path"] in self.open_paths else wanted(scope)
        by_header, by_url = _from_headers(scope), query_token(scope)
        holder = self.keys.find(by_header or by_url) if by_header or by_url else None
        if want.known and want.scope is None:
            return holder or Caller(_peer(scope), frozenset(), "low")
        if not by_header and (not by_url or not _url_will_do(scope, want)):
            raise MissingApiKey(
                "A key in the URL works for GET requests that speak or listen; send this one as "
                "`Authorization: Bearer …`."
                if by_url
                else "This server asks for a key: send it as `Authorization: Bearer …` or `X-API-Key: …`."
            )
        if holder is None:
            raise InvalidApiKey(
                "This key is not known here; `ishowtts key` makes one, and [auth] in the settings holds it."
            )
        if want.scope is not None and not holder.may(want.scope):
            raise MissingScope(f"This key is good, but it lacks the scope `{want.scope}`.")
        return holder


def _url_will_do(scope: AsgiScope, want: Wanted) -> bool:
    is_get = scope["type"] == "websocket" or scope.get("method") == "GET"
    return is_get and (want.by_url or not want.known)


def _from_headers(scope: AsgiScope) -> str:
    """The first of Authorization (Bearer only), xi-api-key and X-API-Key that holds something."""
    headers = Headers(scope=scope)
    scheme, _, token = headers.get("authorization", "").strip().partition(" ")
    bearer = token.strip() if scheme.lower() == "bearer" else ""
    return bearer or headers.get("xi-api-key", "").strip() or headers.get("x-api-key", "").strip()


def _peer(scope: AsgiScope) -> str:
    return peer_name((scope.get("client") or ("", 0))[0])
