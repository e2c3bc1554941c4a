"""A text while rules work on it: what one has taken the next do not see, and places stay what they are."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from typing import Any

from ishowtts.text.language import HAN, LATIN, Language, dominant_language
from ishowtts.text.normalized import Change

TAKEN = "\ue000"
"""Stands for each character that a rule has taken. Private: `clean` lets none through."""
_LETTERS = re.compile(f"(?P<zh>[{HAN}])|(?P<en>[{LATIN}])")
_CLAUSE = re.compile(r"[.!?;,](?=\s|$)|[。！？；，：、…\n\u2029]")
_SENTENCE = re.compile(r"[.!?](?=\s|$)|[。！？\n\u2029]")


class Draft:
    def __init__(self, text: str, language: Language | None = None) -> None:
        self.text = text
        """As it was given, but for letters that were written in other forms: as long as that."""
        self.left = text
        """What no rule has taken yet."""
        self.changes: list[Change] = []
        self._hint = language
        self._letters: tuple[list[int], list[Language]] | None = None
        self._clauses: list[int] = []
        self._sentences: list[int] = []

    def each(self, pattern: Any, rule: str, said: Callable[[Any], str | None]) -> None:
        """Every match in what is left is said as `said` has it; None leaves it to the next rules."""
        found = []
        for m in pattern.finditer(self.left):
            words = said(m)
            if words is not None and m.end() > m.start():
                found.append(Change(m.start(), m.end(), words, rule))
        self.take(found)

    def take(self, changes: list[Change]) -> None:
        """Of places that are left, in order and apart."""
        if not changes:
            return
        parts, at = [], 0
        for change in changes:
            parts += [self.left[at : change.start], TAKEN * (change.end - change.start)]
            at = change.end
        self.left = "".join([*parts, self.left[at:]])
        self.changes += changes

    def language(self, start: int, end: int) -> Language:
        """In which `text[start:end]` is said, by the letters around it: those of its clause, else of its sentence,
        else any. Between the two languages it is Chinese, and without letters what the caller says."""
        places, kinds = self._letters or self._find_letters()
        if not places:
            return self._hint or dominant_language(self.text)
        before, after = bisect_left(places, start) - 1, bisect_left(places, end)
        for edges in (self._clauses, self._sentences, [len(self.text)]):
            low, high = _around(edges, start, end)
            near = [kinds[i] for i in (before, after) if 0 <= i < len(places) and low <= places[i] < high]
            if near:
                return "zh" if "zh" in near else "en"
        return "zh" if "zh" in kinds else "en"

    def _find_letters(self) -> tuple[list[int], list[Language]]:
        found: Iterator[re.Match[str]] = _LETTERS.finditer(self.text)
        places, kinds = [], []
        for m in found:
            kind: Language = "zh" if m["zh"] else "en"
            places.append(m.start())
            kinds.append(kind)
        self._letters = places, kinds
        self._clauses = [m.start() for m in _CLAUSE.finditer(self.text)]
        self._sentences = [m.start() for m in _SENTENCE.finditer(self.text)]
        return self._letters


def _around(edges: list[int], start: int, end: int) -> tuple[int, int]:
    low, high = bisect_left(edges, start), bisect_right(edges, max(start, end - 1))
    return (edges[low - 1] if low else 0), (edges[high] if high < len(edges) else 1 << 62)
