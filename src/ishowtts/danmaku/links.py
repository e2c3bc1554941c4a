"""Addresses in a message: found although the scheme is missing, and what is said in their place."""

from __future__ import annotations

import re
from typing import Literal

from ishowtts.text.language import HAN, dominant_language

LinkPolicy = Literal["drop", "replace", "host"]

_WORD = {"en": "link", "zh": "链接"}
_DOT = "[.．。｡]"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_TOP = (
    "com|net|org|edu|gov|io|tv|gg|cn|cc|ly|ru|uk|jp|kr|de|fr|eu|hk|tw|xyz|top|site|online|app|dev|link|live|shop|store"
    "|club|info|biz|vip|tk|ml|ga|cf|gq|icu|fun|win|bet|porn|xxx|stream|games|chat|blog|news|pro|ws|su"
)
_TAIL = f"[^\\s{HAN}，。！？；：、（）【】《》「」“”\"'<>]"
_REST = f"{_TAIL}*(?![.,!?;:)*~…]){_TAIL}"  # not the mark that ends the sentence
_LINK = re.compile(
    rf"[a-z][a-z0-9+.-]{{1,15}}[:：][/／]{{2}}{_REST}"
    rf"|(?<![a-z0-9@.-])(?:[a-z0-9._+-]{{1,64}}@)?(?:{_LABEL}{_DOT}){{1,8}}"
    rf"(?:(?:{_TOP})(?![a-z0-9-])(?::\d{{1,5}})?(?:[/?#](?:{_REST})?)?|[a-z]{{2,24}}(?::\d{{1,5}})?/{_REST})"
    rf"|(?<![a-z0-9.-])www{_DOT}{_REST}"
    rf"|(?<![\d.])(?:\d{{1,3}}\.){{3}}\d{{1,3}}(?![\d.])(?::\d{{1,5}})?(?:/(?:{_REST})?)?",
    re.IGNORECASE,
)
_HOST = re.compile(r"^(?:[a-z][a-z0-9+.-]*[:：][/／]{2})?(?:[^/?#@]*@)?(?:www[.．。｡])?([^/?#:]{1,253})", re.IGNORECASE)


def has_link(text: str) -> bool:
    return _may_have(text) and _LINK.search(text) is not None


def replace_links(text: str, policy: LinkPolicy) -> str:
    """A word, or the name of the host, in the place of each address; with `drop` nothing, since none is read."""
    if not has_link(text):
        return text
    words = "" if policy == "drop" else _WORD[dominant_language(_LINK.sub(" ", text))]
    return _LINK.sub(lambda m: _parted(m, _host(m[0]) if policy == "host" else words), text)


def _parted(m: re.Match[str], words: str) -> str:
    """From the letters around, not from marks."""
    before, after = m.string[: m.start()][-1:].isalnum(), m.string[m.end() : m.end() + 1].isalnum()
    return " " * before + words + " " * after


def _may_have(text: str) -> bool:
    return any(mark in text for mark in (".", "．", "。", "｡", "//", "／／"))


def _host(link: str) -> str:
    """`example dot com`: an address that is written out would be found again."""
    found = _HOST.match(link)
    name = re.sub(_DOT, ".", found[1]) if found else ""
    return " dot ".join(part for part in name.split(".") if part)[:100]
