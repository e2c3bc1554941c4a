"""What a route does, in the words of its docstring: /docs shows it beside the path, not the function's name."""

from __future__ import annotations

import inspect
import re
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

_FIRST = re.compile(r"(.+?)([.?;:])(?:\s+(.*))?\Z", re.DOTALL)


def show_summaries(app: FastAPI) -> None:
    """For every route that has no `summary` of its own: the first clause; the description keeps what follows."""
    describe = app.openapi
    done = False

    def openapi() -> dict[str, Any]:
        nonlocal done
        schema = describe()  # made once, and kept by the app
        if not done:
            done = True
            for route in iter_route_contexts(app.routes):
                if isinstance(route.original_route, APIRoute) and not route.original_route.summary:
                    for method in route.methods or ():
                        _tell(schema["paths"].get(route.path_format, {}).get(method.lower()), route.endpoint)
        return schema

    app.openapi = openapi  # type: ignore[method-assign]


def _tell(operation: dict[str, Any] | None, endpoint: object) -> None:
    told = " ".join((inspect.getdoc(endpoint) or "").split())
    found = _FIRST.match(told)
    if operation is None or found is None:
        return
    clause, mark, rest = found.groups()
    operation["summary"] = clause + (mark if mark == "?" else "")
    if mark in ";:":  # the rest alone is no sentence
        rest = told
    if rest:
        operation["description"] = rest
    else:
        operation.pop("description", None)
