"""Addresses of pages and mail in a text, also without `https://`, in full-width letters and with 「。」 as the dot."""

from __future__ import annotations

import re

from ishowtts.text.language import HAN

DOT = "[.．。｡]"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_TOP = (
    "com|net|org|edu|gov|io|tv|gg|cn|cc|ly|ru|uk|jp|kr|de|fr|eu|hk|tw|xyz|top|site|online|app|dev|link|live|shop|store"
    "|club|info|biz|vip|tk|ml|ga|cf|gq|icu|fun|win|bet|porn|xxx|stream|games|chat|blog|news|pro|ws|su"
)
_TAIL = f"[^\\s{HAN}，。！？；：、（）【】《》「」“”\"'<>]"
_REST = f"{_TAIL}*(?![.,!?;:)*~…]){_TAIL}"  # not the mark that ends the sentence
LINK = re.compile(
    rf"[a-z][a-z0-9+.-]{{1,15}}[:：][/／]{{2}}{_REST}"
    rf"|(?<![a-z0-9@.-])(?:[a-z0-9._+-]{{1,64}}@)?(?:{_LABEL}{DOT}){{1,8}}"
    rf"(?:(?:{_TOP})(?![a-z0-9-])(?::\d{{1,5}})?(?:[/?#](?:{_REST})?)?|[a-z]{{2,24}}(?::\d{{1,5}})?/{_REST})"
    rf"|(?<![a-z0-9.-])www{DOT}{_REST}"
    rf"|(?<![\d.])(?:\d{{1,3}}\.){{3}}\d{{1,3}}(?![\d.])(?::\d{{1,5}})?(?:/(?:{_REST})?)?",
    re.IGNORECASE,
)
_HOST = re.compile(r"^(?:[a-z][a-z0-9+.-]*[:：][/／]{2})?(?:[^/?#@]*@)?(?:www[.．。｡])?([^/?#:]{1,253})", re.IGNORECASE)


def may_have_link(text: str) -> bool:
    """Quick; False is certain."""
    return any(mark in text for mark in (".", "．", "。", "｡", "//", "／／"))


def host_of(link: str) -> str:
    """Of a match of `LINK`, with plain dots and without `www.`; empty if there is none."""
    found = _HOST.match(link)
    return re.sub(DOT, ".", found[1]) if found else ""
