"""How keys are shown in /docs and /openapi.json, where there are any."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from ishowtts.api.caller import needed, opens_by_url
from ishowtts.api.describe import error_docs

_SCHEMES: dict[str, dict[str, str]] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "`Authorization: Bearer ishowtts_…`"},
    "x_api_key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "xi_api_key": {"type": "apiKey", "in": "header", "name": "xi-api-key", "description": "As ElevenLabs' clients do."},
    "token": {"type": "apiKey", "in": "query", "name": "token", "description": "For `<audio>` and EventSource."},
}
_REFUSED = (401, 403)


def show_keys(app: FastAPI, open_paths: Collection[str]) -> None:
    """Say at each route which scope it wants, and how to present a key."""
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        schema = describe()  # made once, and kept by the app
        if "securitySchemes" not in schema.setdefault("components", {}):
            schema["components"]["securitySchemes"] = _SCHEMES
            _mark(app, schema, open_paths)
        return schema

    app.openapi = openapi  # type: ignore[method-assign]


def _mark(app: FastAPI, schema: dict[str, Any], open_paths: Collection[str]) -> None:
    for route in iter_route_contexts(app.routes):
        scope = needed(route.endpoint)
        if scope is None or route.path in open_paths:
            continue
        for method in route.methods or ():
            operation = schema["paths"].get(route.path_format, {}).get(method.lower())
            if operation is None:
                continue
            ways = [name for name in _SCHEMES if name != "token" or (method == "GET" and opens_by_url(route.endpoint))]
            operation["security"] = [{name: []} for name in ways]
            told = operation.get("description", "")
            operation["description"] = f"{told}\n\nWants a key with the scope `{scope}`.".strip()
            for status, answer in error_docs(*_REFUSED).items():
                body = {"schema": {"$ref": "#/components/schemas/ErrorBody"}}
                shown = {"description": answer["description"], "content": {"application/json": body}}
                operation["responses"].setdefault(str(status), shown)
