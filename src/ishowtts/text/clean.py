"""Text as it came → one line of visible characters, with every letter, digit and mark kept as it was written."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from ishowtts.text.language import HAN

_PARAGRAPH = re.compile(r"(?<=[^\s.!?…。！？；;：:，,、])[ \t]*(?:\r\n|[\n\r\u2028\u2029])\s*[\n\r\u2028\u2029]\s*")
_LINE_END = re.compile("[\n\r\u2028\u2029]")
_NO_LINES = re.compile("[^\n\r\u2028\u2029]*")
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
_HAN = re.compile(f"[{HAN}]")
_RUN = re.compile("(?P<plain>[!-~\u4e00-\u9fff]+)|(?P<space>\\s+)|(?s:.)")  # most of a text is plain, and this is quick


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A cleaned text, and where in the original each of its characters was; in code points."""

    original: str
    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    """A mark that was put in has none of the original: it starts and ends behind the character before it."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Of `text[start:end]` in `original`; an empty one is at the place where it would be."""
        if start >= end:
            at = self.starts[start] if start < len(self.starts) else len(self.original)
            return at, at
        return self.starts[start], self.ends[end - 1]

    def lines(self) -> str:
        """`text`, character for character, with "\n" for a space that was a line break, and U+2029 for a mark that was
        put in at the end of a paragraph."""
        if _NO_LINES.fullmatch(self.original):
            return self.text
        return "".join(map(self._line, self.text, self.starts, self.ends))

    def _line(self, c: str, start: int, end: int) -> str:
        if start == end:
            return "\u2029"
        return "\n" if c == " " and _LINE_END.search(self.original, start, end) else c


def clean(text: str) -> str:
    """Collapse white space, drop controls, zero-width characters and variation selectors; ends a paragraph that has
    no closing mark with one. Never NFKC: that would turn ½ into 1⁄2 and ① into 1."""
    return trace(text).text


def trace(text: str) -> Cleaned:
    """`clean`, with the way back. What is not seen belongs to the character before it: a ZWJ to its emoji."""
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []

    def add(begin: int, end: int) -> None:
        for m in _RUN.finditer(text, begin, end):
            at, past = m.span()
            if m["plain"]:
                parts.append(m[0])
                starts.extend(range(at, past))
                ends.extend(range(at + 1, past + 1))
            elif m["space"]:
                if parts and parts[-1] != " ":
                    put(" ", at, past)
            elif not _invisible(m[0]):
                put(m[0], at, past)
            elif parts and ends[-1] == at and parts[-1] != " ":
                ends[-1] = past

    def put(c: str, start: int, end: int) -> None:
        parts.append(c)
        starts.append(start)
        ends.append(end)

    done, end = len(text) - len(text.lstrip()), len(text.rstrip())
    for m in _PARAGRAPH.finditer(text, done, end):
        add(done, m.start())
        done = m.end()
        if parts and parts[-1] != " ":
            full_width = _HAN.match(parts[-1][-1])
            put("。" if full_width else ".", ends[-1], ends[-1])
            if not full_width:
                put(" ", m.start(), done)
    add(done, end)
    if parts and parts[-1] == " ":
        del parts[-1], starts[-1], ends[-1]
    return Cleaned(text, "".join(parts), tuple(starts), tuple(ends))


def _invisible(c: str) -> bool:
    return unicodedata.category(c) in _INVISIBLE or "\ufe00" <= c <= "\ufe0f" or "\U000e0100" <= c <= "\U000e01ef"
