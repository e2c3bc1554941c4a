"""How words are pronounced: a list of the room, put in their places before a message is read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ishowtts.danmaku.event import MOST_TEXT
from ishowtts.danmaku.patterns import any_of, escaped, user_pattern
from ishowtts.danmaku.policy import Replacement
from ishowtts.text.cut import cut

_ESCAPE = re.compile(r"\\(\\|\d)")
_WORD_START, _WORD_END = re.compile(r"^[A-Za-z0-9]"), re.compile(r"[A-Za-z0-9]$")


class Replacer:
    """Literal texts first, all in one pass, the longest that fits; then each pattern in order."""

    def __init__(self, entries: Sequence[Replacement]) -> None:
        literal = {entry.text.casefold(): entry.by for entry in entries if entry.text}
        self._by = literal
        self._literal: Any = any_of([_bounded(text) for text in sorted(literal, key=lambda text: (-len(text), text))])
        self._patterns = [(user_pattern(entry.pattern), entry.by) for entry in entries if entry.pattern]

    def __call__(self, text: str) -> str:
        """At most `MOST_TEXT` characters, whatever the list makes of it."""
        if self._literal is not None:
            text = cut(_replaced(self._literal, text, lambda m: self._by.get(m[0].casefold(), m[0])), MOST_TEXT)
        for pattern, by in self._patterns:
            text = cut(_replaced(pattern, text, lambda m, by=by: _expanded(by, m)), MOST_TEXT)
        return text


def _bounded(text: str) -> str:
    """Latin words as words, Chinese anywhere."""
    start = r"\b" if _WORD_START.match(text) else ""
    end = r"\b" if _WORD_END.search(text) else ""
    return f"(?i){start}{escaped(text)}{end}"


def _replaced(pattern: Any, text: str, by: Any) -> str:
    parts, at, length = [], 0, 0
    for m in pattern.finditer(text):
        parts += [text[at : m.start()], by(m)]
        length += len(parts[-1]) + len(parts[-2])
        at = m.end()
        if length > MOST_TEXT:
            break
    return "".join([*parts, text[at:]])


def _expanded(by: str, m: Any) -> str:
    return _ESCAPE.sub(lambda escape: "\\" if escape[1] == "\\" else (m.group(int(escape[1])) or ""), by)
