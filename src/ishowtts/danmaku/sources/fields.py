"""Fields of what a platform sent, by type: what is missing or of another type is as if empty."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

_MOST_DIGITS = 19


def text_of(value: object) -> str:
    """A string as it is, a whole number in digits."""
    if isinstance(value, str):
        return value
    return str(number_of(value)) if isinstance(value, int) and not isinstance(value, bool) else ""


def number_of(value: object) -> int:
    """A whole number, also one that is written in a string; 0 for what is none."""
    if isinstance(value, str):
        digits = value.strip()
        if not (digits.removeprefix("-").isascii() and digits.removeprefix("-").isdigit()):
            return 0
        return int(digits) if len(digits) <= _MOST_DIGITS else 0
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return 0
    return int(value) if abs(value) < 10**_MOST_DIGITS else 0


def money_of(value: object, per_unit: int = 1) -> Decimal | None:
    """An amount in units of a currency, from one in so many parts of it; None for nothing and for less."""
    parts: Decimal | int
    parts = Decimal(str(value)) if isinstance(value, float) and math.isfinite(value) else number_of(value)
    return Decimal(parts) / per_unit if 0 < parts < 10**_MOST_DIGITS else None


def object_of(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def item_of(value: object, *places: int) -> object:
    """`value[a][b]…` of lists within lists; None where there is none."""
    for place in places:
        if not isinstance(value, list) or place >= len(value):
            return None
        value = value[place]
    return value
