"""Which part of a text each character of a rewritten text stands for, whoever rewrote it, from the two alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

Span = tuple[int, int]

_TOKEN = re.compile(r"[A-Za-z]+|\d+|(?s:.)")
_MOST = 40_000
"""Tokens of the one times tokens of the other: beyond, comparing takes too long, and what differs is one piece."""


def origins(before: str, after: str) -> list[Span]:
    """For each character of `after` its (first, past-the-last) in `before`; equal ends where it was put in.

    Where words were replaced, each character stands for all that was there: for "3" in "three".
    """
    if before == after:
        return [(i, i + 1) for i in range(len(before))]
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    old_at, new_at = _edges(old), _edges(new)
    out: list[Span] = []
    for same, a, b, c, d in _blocks(old, new):
        if same:
            out += [(i, i + 1) for i in range(old_at[a], old_at[b])]
        else:
            out += [(old_at[a], old_at[b])] * (new_at[d] - new_at[c])
    return out


def source(spans: Sequence[Span], start: int, end: int) -> Span:
    """Where the characters `start` to `end` of the rewritten text come from."""
    if start < end:
        return spans[start][0], max(spans[start][0], spans[end - 1][1])
    at = spans[start][0] if start < len(spans) else spans[-1][1] if spans else 0
    return at, at


def _blocks(old: list[str], new: list[str]) -> list[tuple[bool, int, int, int, int]]:
    """(same?, from, to, from, to) in tokens, covering both."""
    shorter = min(len(old), len(new))
    head = next((i for i in range(shorter) if old[i] != new[i]), shorter)
    shorter -= head
    tail = next((i for i in range(shorter) if old[-1 - i] != new[-1 - i]), shorter)
    a, b, c, d = head, len(old) - tail, head, len(new) - tail
    blocks = [(True, 0, head, 0, head)]
    if (b - a) * (d - c) <= _MOST:
        matcher = SequenceMatcher(None, old[a:b], new[c:d], autojunk=False)
        blocks += [(tag == "equal", a + i, a + j, c + k, c + n) for tag, i, j, k, n in matcher.get_opcodes()]
    else:
        blocks.append((False, a, b, c, d))
    return [*blocks, (True, b, len(old), d, len(new))]


def _edges(tokens: list[str]) -> list[int]:
    edges = [0]
    for token in tokens:
        edges.append(edges[-1] + len(token))
    return edges
