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
_HAN = re.compile(f"[{HAN}]")
_LONGEST_WORD = 24
_NEAR = 60
_LOWER = re.compile(r"(?<![A-Za-z])[a-z]{2,}(?![A-Za-z])")
_WORD_BEFORE = re.compile(r"[A-Za-z0-9+-]+\Z")
_WORD_BEHIND = re.compile(r"[A-Za-z0-9]+")
_WORDS = re.compile(r"[A-Za-z]*[a-z]{2,}")
_CLAUSE = re.compile(r"[.!?;,](?=\s|$)|[。！？；，：、…\n\u2029]")
_SENTENCE = re.compile(r"[.!?](?=\s|$)|[。！？\n\u2029]")


class Draft:
    def __init__(self, text: str, language: Language | None = None) -> None:
        self.text = text
        """As it was given, but for letters that were written in other forms: as long as that."""
        self.left = text
        """What no rule has taken yet."""
        self.changes: list[Change] = []
        self.hint = language
        self.has_han = _HAN.search(text) is not None
        self._letters: tuple[list[int], list[Language]] | None = None
        self._only: Language | None = None
        self._clauses: list[int] = []
        self._sentences: list[int] = []

    def each(self, pattern: Any, rule: str, said: Callable[[Any], str | None]) -> None:
        """Every match in what is left is said as `said` has it; None leaves it to the next rules."""
        found = []
        for m in pattern.finditer(self.left):
            if TAKEN in m[0]:
                continue
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

    def take_at(self, start: int, end: int, spoken: str, rule: str) -> None:
        """One place, if all of it is left."""
        if TAKEN not in self.left[start:end]:
            self.take([Change(start, end, spoken, rule)])

    def language(self, start: int, end: int) -> Language:
        """In which `text[start:end]` is said, by the letters around it: those of its clause, else of its sentence,
        else any. Between the two languages it is Chinese, and without letters what the caller says."""
        places, kinds = self._letters or self._find_letters()
        if self._only is not None:
            return self._only
        start, end = self._word(start, end)
        before, after = bisect_left(places, start) - 1, bisect_left(places, end)
        for edges in (self._clauses, self._sentences, [len(self.text)]):
            low, high = _around(edges, start, end)
            near = [kinds[i] for i in (before, after) if 0 <= i < len(places) and low <= places[i] < high]
            if near:
                return "zh" if "zh" in near or self._inside_chinese(start, end, low, high) else "en"
        return "zh" if "zh" in kinds else "en"

    def _inside_chinese(self, start: int, end: int, low: int, high: int) -> bool:
        """Between Latin letters that are but a name or a word of a Chinese clause: 显卡 RTX 3080, 效率up 50%."""
        low, high = max(low, start - _NEAR), min(high, end + _NEAR)
        heads, tails = _HAN.split(self.text[low:start]), _HAN.split(self.text[end:high])
        if len(heads) == len(tails) == 1:
            return False
        return len(_LOWER.findall(heads[-1])) + len(_LOWER.findall(tails[0])) < 2

    def _word(self, start: int, end: int) -> tuple[int, int]:
        """With what of letters and digits is written in one with it, unless that is all."""
        head = _WORD_BEFORE.search(self.text[max(0, start - _LONGEST_WORD) : start])
        tail = _WORD_BEHIND.match(self.text[end : end + _LONGEST_WORD])
        return start - (len(head[0]) if head else 0), end + (len(tail[0]) if tail else 0)

    def _find_letters(self) -> tuple[list[int], list[Language]]:
        found: Iterator[re.Match[str]] = _LETTERS.finditer(self.text)
        places, kinds = [], []
        for m in found:
            kind: Language = "zh" if m["zh"] else "en"
            places.append(m.start())
            kinds.append(kind)
        self._letters = places, kinds
        if not places:
            self._only = self.hint or dominant_language(self.text)
        elif self.hint == "zh" and not self.has_han and len(_WORDS.findall(self.text)) < 2:
            self._only = "zh"  # GPT-4, 60fps
        self._clauses = [m.start() for m in _CLAUSE.finditer(self.text)]
        self._sentences = [m.start() for m in _SENTENCE.finditer(self.text)]
        return self._letters


def _around(edges: list[int], start: int, end: int) -> tuple[int, int]:
    low, high = bisect_left(edges, start), bisect_right(edges, max(start, end - 1))
    return (edges[low - 1] if low else 0), (edges[high] if high < len(edges) else 1 << 62)
