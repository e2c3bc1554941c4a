"""`[pause 0.5s]` in a text: silence where it stands. For texts of a person who is trusted, never for chat.

A mark becomes signs that are in no text, as many as it had, so that every other character keeps its place.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ishowtts.errors import InvalidRequest

LONGEST_SECONDS = 10.0
"""Of one pause."""
TOTAL_SECONDS = 60.0
"""Of all pauses of a text."""

_MARK = re.compile(r"\[\s*pause\s+(\d{1,6}(?:\.\d{1,6})?)\s*(ms|s)?\s*\]", re.IGNORECASE)
_SIGN = "\ue7ff"  # private: `clean` lets none through
_SIGNS = re.compile(f"{_SIGN}+")


class Stretch(NamedTuple):
    """A part of a text between pauses, which may be empty, and the silence before it."""

    start: int
    end: int
    silence: float


def hide(text: str) -> tuple[str, tuple[float, ...]]:
    """A cleaned text with its pauses as signs, one run each, and their seconds. Raises `InvalidRequest` for silence
    that is too long."""
    seconds = []
    for m in _MARK.finditer(text):
        seconds.append(float(m[1]) / (1000 if (m[2] or "s").lower() == "ms" else 1))
    if any(one > LONGEST_SECONDS for one in seconds) or sum(seconds) > TOTAL_SECONDS:
        raise InvalidRequest(
            f"a [pause] may last {LONGEST_SECONDS:g} s, and all of a text {TOTAL_SECONDS:g} s together: shorten them",
            param="text",
        )
    hidden = _MARK.sub(lambda m: _SIGN * (len(m[0]) - 1) + " ", text)
    return hidden, tuple(seconds)


def stretches(text: str, seconds: tuple[float, ...]) -> list[Stretch]:
    """The text around the signs of `hide`, in order; the last may be empty, with the silence that ends the text."""
    if not seconds:
        return [Stretch(0, len(text), 0.0)]
    out, at, silence = [], 0, 0.0
    for m, pause in zip(_SIGNS.finditer(text), seconds, strict=False):
        out.append(Stretch(at, m.start(), silence))
        at, silence = m.end(), pause
    return [*out, Stretch(at, len(text), silence)]
