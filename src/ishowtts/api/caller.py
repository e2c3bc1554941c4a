"""Who asks, and what a route wants of them."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast, get_args

from starlette.types import Scope as AsgiScope

from ishowtts.priority import Priority
from ishowtts.settings import KeyScope

Scope = KeyScope
ALL_SCOPES: frozenset[Scope] = frozenset(get_args(Scope))
BY_URL: frozenset[Scope] = frozenset({"synthesise", "overlay"})
"""Those that a GET may open with the key in its URL, for `<audio>` and EventSource, which cannot set headers."""
DEFAULT: Scope = "admin"
"""What a route wants that does not say."""

_MARK = "__ishowtts_needs__"
_BY_URL_MARK = "__ishowtts_by_url__"
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Caller:
    """`name` is the key's; without keys the peer's address, or "local". `priority` is the most urgent allowed."""

    name: str
    scopes: frozenset[Scope]
    priority: Priority

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes or "admin" in self.scopes


def caller(scope: AsgiScope) -> Caller:
    """Who sent the request of this ASGI scope; set by `Authentication` before any route runs."""
    return cast(Caller, scope["state"]["caller"])


def peer_name(host: str) -> str:
    """A caller without a key: its address, or "local"."""
    try:
        return "local" if ipaddress.ip_address(host).is_loopback else host
    except ValueError:  # a unix socket, a test
        return "local"


def needs(scope: Scope | None, *, by_url: bool = False) -> Callable[[Endpoint], Endpoint]:
    """What an endpoint wants of a key, written below its route: `@router.get(…)`, `@needs("voices")`. None: no key.

    `by_url`: the key may stand in the URL, for tools that know nothing else, whatever the scope.
    """

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _MARK, scope)
        setattr(endpoint, _BY_URL_MARK, by_url or scope in BY_URL)
        return endpoint

    return mark


def declared(endpoint: object) -> bool:
    """Whether `needs` said anything of it."""
    return hasattr(endpoint, _MARK)


def needed(endpoint: object) -> Scope | None:
    """What `needs` said of this endpoint; `DEFAULT` where nobody said anything."""
    return cast("Scope | None", getattr(endpoint, _MARK, DEFAULT))


def opens_by_url(endpoint: object) -> bool:
    """Whether a key in the URL will do for this endpoint, where it is a GET."""
    return bool(getattr(endpoint, _BY_URL_MARK, False))
