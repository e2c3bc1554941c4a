"""Which tests of a suite in several processes stay together."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).parents[1]
SERVER = "f5-mini"


class ByFile(LoadScopeScheduling):  # type: ignore[misc]
    """A file runs in one process, with what its tests share; so do all files that share the server with the model."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return SERVER if _shares_the_server(file) else file


@cache
def _shares_the_server(file: str) -> bool:
    """It takes the fixture of tests/conftest.py, and has none of its own. A mistake costs one more start, no more."""
    text = (ROOT / file).read_text(encoding="utf-8")
    return "server: Server" in text and "def server(" not in text
