"""Sentences with places for values. Filled in one pass: a value that looks like a place stays a value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, get_args

Place = Literal["user", "text", "amount", "currency", "gift", "count", "months", "tier"]
PLACES: tuple[Place, ...] = get_args(Place)
_PLACE = re.compile(r"\{([^{}]*)\}")
_SPACES = re.compile(r"\s+")
_LONELY = re.compile(r"\s+(?=[:：,，、;；.。!！?？])")
_LEFT_OVER = re.compile(r"[\s:：,，、;；-]+$")


def checked_template(template: str) -> str:
    """Itself. Raises `ValueError` where it has a place that does not exist, or a brace of no place."""
    if any(name not in PLACES for name in _PLACE.findall(template)) or set("{}") & set(_PLACE.sub("", template)):
        raise ValueError(f"places of a template are {', '.join('{' + place + '}' for place in PLACES)}")
    return template


def fill(template: str, values: Mapping[Place, str]) -> str:
    """In a template of `checked_template`; a colon behind which there is nothing is left out."""
    named: dict[str, str] = {str(place): value for place, value in values.items()}
    text = _PLACE.sub(lambda m: named.get(m[1], ""), template)
    return _LEFT_OVER.sub("", _LONELY.sub("", _SPACES.sub(" ", text))).strip()
