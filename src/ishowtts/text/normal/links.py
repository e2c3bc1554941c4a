"""Addresses of pages and mail: left out, their host alone, or sign by sign."""

from __future__ import annotations

import re
from typing import Any

from ishowtts.text.addresses import DOT, LINK, host_of, may_have_link
from ishowtts.text.normal import say_en, say_zh
from ishowtts.text.normal.draft import Draft
from ishowtts.text.normal.rules import LinkRule

_MAIL = re.compile(r"([A-Za-z0-9._+-]{1,64})@([A-Za-z0-9.-]{1,253})\Z")
_IP = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}\Z")
_PIECE = re.compile(r"[A-Za-z]+|\d+|[^A-Za-z\d\s]")
_WORDS = frozenset(re.findall("[a-z]+", "com net org www http https info top blog news shop live app dev site link"))
_SHORT = frozenset(re.findall("[a-z]+", "my me be go to we do so no up on in it is by or the and for"))
_SIGNS = {
    ".": ("dot", "点"), "/": ("slash", "斜杠"), ":": ("colon", "冒号"), "-": ("dash", "杠"),
    "_": ("underscore", "下划线"), "@": ("at", "at"), "?": ("question mark", "问号"), "=": ("equals", "等于"),
    "&": ("and", "和"), "#": ("hash", "井号"), "%": ("percent", "百分号"), "+": ("plus", "加"),
    "~": ("tilde", "波浪号"),
}  # fmt: skip


def apply(draft: Draft, rule: LinkRule) -> None:
    if may_have_link(draft.left):
        draft.each(LINK, "link", lambda m: _said(m, draft, rule))


def _said(m: Any, draft: Draft, rule: LinkRule) -> str | None:
    link: str = m[0]
    if _IP.match(link):
        return None
    if rule == "skip":
        return ""
    english = draft.language(*m.span()) == "en"
    if rule == "spell":
        return _spelled(link, english)
    mail = _MAIL.match(link)
    if mail:
        return f"{_spelled(mail[1], english)} at {_host(mail[2], english)}"
    return _host(host_of(link), english)


def _host(name: str, english: bool) -> str:
    parts = [part for part in re.split(DOT, name) if part]
    return f" {'dot' if english else '点'} ".join(_spelled(part, english) for part in parts)


def _spelled(text: str, english: bool) -> str:
    return " ".join(filter(None, (_piece(piece, english) for piece in _PIECE.findall(text))))


def _piece(piece: str, english: bool) -> str:
    if piece.isdigit():
        return say_en.digits(piece) if english else say_zh.digits(piece)
    if not piece.isalpha():
        return _SIGNS.get(piece, ("", ""))[0 if english else 1]
    low = piece.lower()
    if (
        len(low) < 2
        or low in _SHORT
        or low in _WORDS
        or (len(low) > 3 and re.search("[aeiouy]", low))
        or (len(low) == 3 and re.search("[aeiou]", low[1]))
    ):
        return piece
    return ".".join(piece.upper()) if len(low) < 13 else piece
