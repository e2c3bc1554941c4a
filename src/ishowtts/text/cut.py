"""A text cut to a length, without half an emoji at its end."""

from __future__ import annotations

import regex

_CLUSTER = regex.compile(r"\X")
_LONGEST_CLUSTER = 32
"""Code points. Longer ones are made, not written, and are cut where the text ends."""


def cut(text: str, longest: int) -> str:
    """The first `longest` code points of `text`, or a few less: what is seen as one character is kept or left whole."""
    if len(text) <= longest:
        return text
    end = 0
    for m in _CLUSTER.finditer(text[: longest + _LONGEST_CLUSTER]):
        if m.end() > longest:
            break
        end = m.end()
    return text[: end if longest - end < _LONGEST_CLUSTER else longest]
