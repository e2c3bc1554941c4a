"""Which scope the route that will answer a request wants, found before it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from fastapi.routing import iter_route_contexts
from starlette.routing import Match
from starlette.types import Scope as AsgiScope

from ishowtts.api.caller import Scope, needed, opens_by_url

# Routes that the framework makes, so that `needs(None)` cannot be said of them.
_OPEN_PATHS = frozenset({"/openapi.json"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """`scope` None: no key. `known` is False for a path or method that no route answers; `path` is the route's."""

    scope: Scope | None
    known: bool = True
    path: str | None = None
    by_url: bool = False
    """Whether a key in the URL will do."""


def wanted(scope: AsgiScope) -> Wanted:
    """Found once a request."""
    state = scope.setdefault("state", {})
    if "wanted" not in state:
        state["wanted"] = _find(scope)
    return cast(Wanted, state["wanted"])


def _find(scope: AsgiScope) -> Wanted:
    if scope["path"] in _OPEN_PATHS:
        return Wanted(None, path=scope["path"])
    other_method = False
    for route in iter_route_contexts(scope["app"].routes):
        match, child = route.matches(scope)
        if match is Match.FULL:
            endpoint = child.get("endpoint")
            return Wanted(needed(endpoint), path=route.path, by_url=opens_by_url(endpoint))
        if match is Match.PARTIAL and needed(child.get("endpoint")) is None:
            other_method = True  # a 405, which may be told to anyone
    return Wanted(None, known=other_method)
