"""Text as it came → one line of visible characters, with every letter, digit and mark kept as it was written."""

from __future__ import annotations

import re
import unicodedata

from ishowtts.text.language import HAN

_PARAGRAPH = re.compile(r"(?<=[^\s.!?…。！？；;：:，,、])[ \t]*(?:\r\n|[\n\r\u2028\u2029])\s*[\n\r\u2028\u2029]\s*")
_SPACE = re.compile(r"\s+")
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
_HAN = re.compile(f"[{HAN}]")


def clean(text: str) -> str:
    """Collapse white space, drop controls, zero-width characters and variation selectors; ends a paragraph that has
    no closing mark with one. Never NFKC: that would turn ½ into 1⁄2 and ① into 1."""
    text = _PARAGRAPH.sub(lambda m: "。" if _HAN.match(text[m.start() - 1]) else ". ", text.strip())
    kept = (" " if c.isspace() else c for c in text if c.isspace() or not _invisible(c))
    return _SPACE.sub(" ", "".join(kept)).strip()


def _invisible(c: str) -> bool:
    return unicodedata.category(c) in _INVISIBLE or "\ufe00" <= c <= "\ufe0f" or "\U000e0100" <= c <= "\U000e01ef"
