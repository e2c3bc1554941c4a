"""Addresses in a message: found although the scheme is missing, and what is said in their place."""

from __future__ import annotations

import re
from typing import Literal

from ishowtts.text.addresses import LINK, host_of, may_have_link
from ishowtts.text.language import dominant_language

LinkPolicy = Literal["drop", "replace", "host"]

_WORD = {"en": "link", "zh": "链接"}


def has_link(text: str) -> bool:
    return may_have_link(text) and LINK.search(text) is not None


def replace_links(text: str, policy: LinkPolicy) -> str:
    """A word, or the name of the host, in the place of each address; with `drop` nothing, since none is read."""
    if not has_link(text):
        return text
    words = "" if policy == "drop" else _WORD[dominant_language(LINK.sub(" ", text))]
    return LINK.sub(lambda m: _parted(m, _host(m[0]) if policy == "host" else words), text)


def _parted(m: re.Match[str], words: str) -> str:
    """From the letters around, not from marks."""
    before, after = m.string[: m.start()][-1:].isalnum(), m.string[m.end() : m.end() + 1].isalnum()
    return " " * before + words + " " * after


def _host(link: str) -> str:
    """`example dot com`: an address that is written out would be found again."""
    return " dot ".join(part for part in host_of(link).split(".") if part)[:100]
