"""Bilibili's Open Live interface: signed requests that begin, keep and end a project's session in a room."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from ishowtts.danmaku.sources.fields import number_of, object_of, text_of
from ishowtts.danmaku.sources.http import ask
from ishowtts.danmaku.sources.source import SourceFailed

_SESSION_LOST = (7000, 7003)
_MOST_LINKS = 10
# What somebody has to change: trying again would be refused again.
_FINAL = {
    4001: "Bilibili does not know this app: is app_id right?",
    4002: "Bilibili does not accept the signature: are access_key_id and access_key_secret right?",
    4007: "Bilibili does not let this machine's address in: add it to the app's list of addresses.",
    4008: "The app may not use this interface: ask Bilibili for it.",
    5004: "An app that is not published may only open its developer's own room.",
    5005: "Bilibili has put the room on its list of refused ones.",
    5011: "An app that is not published may only open its developer's own room.",
    7007: "Bilibili does not accept the streamer's code: copy it anew from the live room's page, it changes.",
    8002: "The app may not use this project: is app_id right?",
}
_WAIT = {
    4003: ("Bilibili says that the request is too old: is this machine's clock right?", 30.0),
    4009: ("Bilibili refuses more requests for now.", 60.0),
    7001: ("Bilibili is still closing the session before.", 10.0),
    7002: ("The room has a session of this app already, which must end first (Bilibili forgets it by itself).", 30.0),
    7010: ("The room has as many sessions of this app as may be at once.", 60.0),
}


class SessionLost(SourceFailed):
    """The platform does not know the session any more."""


@dataclass(frozen=True, slots=True)
class Session:
    """Of a project in a room. `game` is empty for apps that need no project heartbeat."""

    game: str
    auth: str
    links: tuple[str, ...]
    room: str


class OpenLive:
    """The three requests. `code` is the streamer's own (身份码)."""

    def __init__(self, url: str, key_id: str, key_secret: str, app_id: int, code: str, http: httpx.AsyncClient) -> None:
        self._url = url.rstrip("/")
        self._key_id, self._key_secret = key_id, key_secret
        self._app_id, self._code = app_id, code
        self._http = http

    async def start(self) -> Session:
        """Raises `SourceFailed`, `httpx.TransportError`."""
        data = await self._post("start", {"code": self._code, "app_id": self._app_id})
        about = object_of(data.get("websocket_info"))
        links = about.get("wss_link")
        session = Session(
            game=text_of(object_of(data.get("game_info")).get("game_id")),
            auth=text_of(about.get("auth_body")),
            links=tuple(filter(None, map(text_of, links[:_MOST_LINKS]))) if isinstance(links, list) else (),
            room=text_of(object_of(data.get("anchor_info")).get("room_id")),
        )
        if not (session.auth and session.links):
            raise SourceFailed("Bilibili began a session, but did not say where its messages are.", wait=10.0)
        return session

    async def heartbeat(self, game: str) -> None:
        """Raises as `start` does."""
        await self._post("heartbeat", {"game_id": game})

    async def end(self, game: str) -> None:
        """Without it the next start is refused for a while. Raises as `start` does."""
        await self._post("end", {"app_id": self._app_id, "game_id": game})

    async def _post(self, what: str, body: Mapping[str, object]) -> Mapping[str, Any]:
        content = json.dumps(body).encode()
        status, answer = await ask(
            self._http,
            "POST",
            f"{self._url}/v2/app/{what}",
            headers=signed(content, self._key_id, self._key_secret),
            content=content,
        )
        if status != 200 or not isinstance(answer.get("code"), int):
            raise SourceFailed(f"Bilibili did not answer as it should (HTTP {status}).")
        if answer["code"] != 0:
            raise failure_of(number_of(answer["code"]))
        return object_of(answer.get("data"))


def failure_of(code: int) -> SourceFailed:
    if code in _SESSION_LOST:
        return SessionLost(f"Bilibili has closed the session. (code {code})")
    if code in _FINAL:
        return SourceFailed(f"{_FINAL[code]} (code {code})", final=True)
    message, wait = _WAIT.get(code, ("Bilibili refuses the session.", 10.0))
    return SourceFailed(f"{message} (code {code})", wait=wait)


def signed(
    content: bytes, key_id: str, key_secret: str, *, nonce: str | None = None, at: int | None = None
) -> dict[str, str]:
    """The headers of a request with this body."""
    about = {
        "x-bili-accesskeyid": key_id,
        "x-bili-content-md5": hashlib.md5(content, usedforsecurity=False).hexdigest(),
        "x-bili-signature-method": "HMAC-SHA256",
        "x-bili-signature-nonce": nonce or secrets.token_hex(16),
        "x-bili-signature-version": "1.0",
        "x-bili-timestamp": str(int(time.time()) if at is None else at),
    }
    text = "\n".join(f"{name}:{about[name]}" for name in sorted(about))
    signature = hmac.new(key_secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    return {**about, "Authorization": signature, "Content-Type": "application/json", "Accept": "application/json"}
