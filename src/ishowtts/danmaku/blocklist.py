"""Words that are not said: found however they are written, and where they are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from ishowtts.danmaku.fold import Forms, forms_of
from ishowtts.danmaku.patterns import any_of, escaped, user_pattern
from ishowtts.text.language import dominant_language

Span = tuple[int, int]


class Lists(NamedTuple):
    """Words of the room, as its policy has them."""

    words: tuple[str, ...] = ()
    """On word bounds; Chinese words anywhere."""
    severe: tuple[str, ...] = ()
    """Anywhere, over spaces and marks."""
    patterns: tuple[str, ...] = ()
    pinyin: bool = True
    """Chinese words also by their sound."""


class Found(NamedTuple):
    spans: list[Span]
    """In the text, in order, none over another."""
    severe: bool


class Blocklist:
    """Compiled lists. A word without a letter or digit is none."""

    def __init__(self, lists: Lists) -> None:
        words, anywhere, sounds = set[str](), set[str](), set[str]()
        for word in lists.words:
            (anywhere if _chinese(word) else words).update(Forms.of_word(word, spaced=not _chinese(word)))
        severe = {form for word in lists.severe for form in Forms.of_word(word, spaced=False)}
        if lists.pinyin:
            for word in {*lists.words, *lists.severe}:
                if _chinese(word) and len(Forms(word).pinyin.text.split()) > 1:
                    heard = Forms(word).pinyin.text.split()
                    sounds |= {" " + "  ".join(heard) + " ", f" {''.join(heard)} "}
        self._words = any_of(_literal(words))
        self._anywhere = any_of(_literal(anywhere | severe))
        self._severe = any_of(_literal(severe))
        self._sounds = any_of(_literal(sounds))
        self._patterns = [user_pattern(pattern) for pattern in lists.patterns]

    def find(self, text: str) -> Found:
        """All of them. `text` must have no lone surrogates."""
        spans = [m.span() for pattern in self._patterns for m in pattern.finditer(text) if m.end() > m.start()]
        if self._words is self._anywhere is self._sounds is None:
            return Found(_merged(spans), False)
        forms = forms_of(text)
        spans += _spans(self._words, forms.words) + _spans(self._anywhere, forms.squashed)
        if self._sounds is not None:
            spans += _spans(self._sounds, [forms.pinyin])
        severe = bool(spans) and self._severe is not None
        return Found(_merged(spans), severe and any(self._severe.search(copy.text) for copy in forms.squashed))


def without(text: str, spans: Iterable[Span]) -> str:
    """Taken out, never starred: a voice says `A*ple` in full."""
    parts, at = [], 0
    for start, end in spans:
        parts.append(text[at:start])
        at = end
    return " ".join([*parts, text[at:]])


def _spans(finder: Any, copies: Iterable[Any]) -> list[Span]:
    if finder is None:
        return []
    return [copy.span(*m.span()) for copy in copies for m in finder.finditer(copy.text)]


def _chinese(word: str) -> bool:
    return dominant_language(word) == "zh"


def _literal(words: Iterable[str]) -> list[str]:
    return [escaped(word) for word in sorted(words, key=lambda word: (-len(word), word))]


def _merged(spans: list[Span]) -> list[Span]:
    out: list[Span] = []
    for start, end in sorted(spans):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out
