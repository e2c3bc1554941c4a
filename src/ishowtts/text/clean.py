"""Text as it came → one line of visible characters, with every letter, digit and mark kept as it was written."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from ishowtts.text.language import HAN

_PARAGRAPH = re.compile(r"(?<=[^\s.!?…。！？；;：:，,、])[ \t]*(?:\r\n|[\n\r\u2028\u2029])\s*[\n\r\u2028\u2029]\s*")
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
_HAN = re.compile(f"[{HAN}]")


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


def clean(text: str) -> str:
    """Collapse white space, drop controls, zero-width characters and variation selectors; ends a paragraph that has
    no closing mark with one. Never NFKC: that would turn ½ into 1⁄2 and ① into 1."""
    return trace(text).text


def trace(text: str) -> Cleaned:
    """`clean`, with the way back. What is not seen belongs to the character before it: a ZWJ to its emoji."""
    kept: list[tuple[str, int, int]] = []

    def add(begin: int, end: int) -> None:
        for at in range(begin, end):
            c = text[at]
            if "!" <= c <= "~" or "\u4e00" <= c <= "\u9fff":  # most are, and this is quick
                kept.append((c, at, at + 1))
            elif c.isspace():
                if kept and kept[-1][0] != " ":
                    kept.append((" ", at, at + 1))
            elif not _invisible(c):
                kept.append((c, at, at + 1))
            elif kept and kept[-1][2] == at and kept[-1][0] != " ":
                kept[-1] = (kept[-1][0], kept[-1][1], at + 1)

    done, end = len(text) - len(text.lstrip()), len(text.rstrip())
    for m in _PARAGRAPH.finditer(text, done, end):
        add(done, m.start())
        done = m.end()
        if kept and kept[-1][0] != " ":
            before, _, at = kept[-1]
            kept += [("。", at, at)] if _HAN.match(before) else [(".", at, at), (" ", m.start(), done)]
    add(done, end)
    while kept and kept[-1][0] == " ":
        kept.pop()
    return Cleaned(text, "".join(c for c, _, _ in kept), tuple(a for _, a, _ in kept), tuple(b for _, _, b in kept))


def _invisible(c: str) -> bool:
    return unicodedata.category(c) in _INVISIBLE or "\ufe00" <= c <= "\ufe0f" or "\U000e0100" <= c <= "\U000e01ef"
