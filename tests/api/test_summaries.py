from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from ishowtts.api.summaries import show_summaries
from tests.api.server import make


def test_every_route_is_shown_in_words_and_not_by_its_function(tmp_path: Path) -> None:
    app, _ = make(tmp_path)
    names = {route.name.replace("_", " ").title() for route in iter_route_contexts(app.routes) if route.name}
    for path, operations in app.openapi()["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            assert operation["summary"] not in names - {"Version", "Metrics"}, where
            assert len(operation["summary"]) <= 100, where
            assert not operation["summary"].endswith("."), where
            assert "Raises" not in operation.get("description", ""), where


def test_the_first_clause_is_the_summary_and_the_rest_the_description() -> None:
    app = FastAPI()

    @app.get("/a")
    async def first() -> None:
        """Is it there? Nothing else is asked."""

    @app.get("/b")
    async def second() -> None:
        """Make it: in one piece."""

    @app.get("/c", summary="My own")
    async def third() -> None:
        """Something else. Quite."""

    @app.get("/d")
    async def fourth() -> None: ...

    show_summaries(app)
    told = {path: operations["get"] for path, operations in app.openapi()["paths"].items()}
    assert (told["/a"]["summary"], told["/a"]["description"]) == ("Is it there?", "Nothing else is asked.")
    assert (told["/b"]["summary"], told["/b"]["description"]) == ("Make it", "Make it: in one piece.")
    assert told["/c"]["summary"] == "My own"
    assert told["/d"]["summary"] == "Fourth"
    assert app.openapi()["paths"]["/a"]["get"]["summary"] == "Is it there?"
