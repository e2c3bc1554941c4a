"""Only requests that were meant for this server: a page whose name was pointed at this machine gets nothing."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from ishowtts.errors import WrongHost
from ishowtts.settings import ServerSettings
from ishowtts.settings.hosts import is_address, is_loopback, is_private, place_of


class HostCheck:
    """Raises `WrongHost`. `keyed`: there are keys, which such a page does not have."""

    def __init__(self, app: ASGIApp, server: ServerSettings, keyed: bool) -> None:
        self.app = app
        self.allowed = frozenset(server.allowed_hosts)
        self.listens_on = server.host.lower().rstrip(".")
        self.loopback = is_loopback(server.host)
        self.any_name = keyed and not self.allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
            if not hosts and scope.get("http_version") == "1.0":  # a plain probe; no browser leaves it out
                await self.app(scope, receive, send)
                return
            place = place_of(hosts[0]) if len(hosts) == 1 else None
            if place is None:
                raise WrongHost("The request needs one Host header that names this server.")
            if not self._is_here(place.name):
                raise WrongHost(
                    "This server does not go by the name in the Host header: use localhost or its address, "
                    "or add the name to server.allowed_hosts."
                )
        await self.app(scope, receive, send)

    def _is_here(self, name: str) -> bool:
        if is_loopback(name) or name in self.allowed or name == self.listens_on:
            return True
        if self.loopback:
            return False
        # A name can be pointed at this machine by a stranger's DNS server; an address cannot.
        return is_address(name) or self.any_name or (not self.allowed and is_private(name))
