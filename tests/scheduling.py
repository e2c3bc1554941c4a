"""Which tests of a suite in several processes stay together."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

SERVER = "f5-mini"
FILES = {
    "tests/test_readme.py",
    "tests/test_docs_api.py",
    *(f"tests/e2e/test_{name}.py" for name in ("faults", "openai", "speak", "voices", "word_times")),
}
"""They share one server with the real model. A file that is missing here costs one more start of it, nothing else."""


class ByFile(LoadScopeScheduling):  # type: ignore[misc]
    """A file runs in one process, with what its tests share; so do all files that share the server."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return SERVER if file in FILES else file
