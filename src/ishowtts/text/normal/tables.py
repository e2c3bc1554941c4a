"""The lists of words beside these modules."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def words(name: str) -> frozenset[str]:
    """Of a file with words between spaces, and comments on lines of their own."""
    lines = (files("ishowtts.text.normal") / name).read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


@cache
def table(name: str) -> dict[str, Any]:
    return tomllib.loads((files("ishowtts.text.normal") / name).read_text("utf-8"))
