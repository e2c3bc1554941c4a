"""Regular expressions of users, by RE2: whatever the pattern, the time is linear in the text."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import re2

MOST_PATTERN = 200
_MEMORY = 2**20
_LIST_MEMORY = 64 * 2**20


@lru_cache(maxsize=512)
def user_pattern(pattern: str) -> Any:
    """Compiled, case ignored. Raises `ValueError` that says what RE2 has against it."""
    if not 0 < len(pattern) <= MOST_PATTERN:
        raise ValueError(f"expected a regular expression of 1 to {MOST_PATTERN} characters")
    return _compiled(pattern, _MEMORY, ignore_case=True)


def any_of(patterns: list[str]) -> Any:
    """One expression for a list of them, None for none."""
    return _compiled("|".join(f"(?:{pattern})" for pattern in patterns), _LIST_MEMORY) if patterns else None


def escaped(text: str) -> str:
    return str(re2.escape(text))


def _compiled(pattern: str, memory: int, ignore_case: bool = False) -> Any:
    options = re2.Options()
    options.max_mem = memory
    options.log_errors = False
    options.case_sensitive = not ignore_case
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        said = error.args[0] if error.args else ""
        why = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        raise ValueError(f"not an expression that RE2 can run: {why}") from None
    except UnicodeEncodeError:
        raise ValueError("a regular expression must be text") from None
