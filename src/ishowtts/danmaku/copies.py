"""One message, three copies: what is said, what is shown, and what is compared with lists.

Chat is hostile: a copy for the voice holds nothing an engine could take for a command, whatever was written. NFKC is
for comparing only; in speech it would make 「，」 a comma without its pause, and tear Korean apart.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import regex

from ishowtts.danmaku.event import MOST_TEXT, Emote
from ishowtts.danmaku.fold import folded_key
from ishowtts.danmaku.letters import STYLED, unstyled
from ishowtts.danmaku.links import LinkPolicy, has_link, replace_links
from ishowtts.text.cut import cut

EmotePolicy = Literal["skip", "name"]

_FILLERS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0000-\U000e0fff"
_UNSEEN = regex.compile(rf"[\p{{Cf}}{_FILLERS}]+")
_UNSEEN_BUT_EMOJI = regex.compile(
    rf"(?:(?<![\p{{Extended_Pictographic}}\p{{Emoji_Modifier}}\ufe0f])\u200d|\u200d(?!\p{{Extended_Pictographic}})"
    rf"|(?![\u200d\ufe0f])[\p{{Cf}}{_FILLERS}])+"
)
_UNSEEN_START = regex.compile(rf"[\s\p{{C}}{_FILLERS}]*")
_BROKEN = regex.compile(r"[\p{Cc}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]+")
_LATIN_MARKS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")
_MANY_MARKS = regex.compile(r"(\p{M}{3})\p{M}+")
_BRACKETS = str.maketrans("＜＞｛｝［］｜﹤﹥﹛﹜", "<>{}[]|<>{}")
_MARKUP = re.compile(
    r"<\|[^<>|]{0,100}\|>|<[/!?A-Za-z|][^<>]{0,200}>|\{[^{}]{0,100}\}|\[[^\[\]\s:]{0,40}(?::[^\[\]]{0,60})?\]"
)
_CONTROLS = re.compile(r"[<>{}\[\]|]+")
_PICTURES = regex.compile(
    r"[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\u20e3"
    r"\u2190-\u21ff\u2300-\u23ff\u2500-\u27bf\u2800-\u28ff\u2900-\u297f\u2b00-\u2bff\U0001f000-\U0001faff]+"
)
_RUN = re.compile(r"(\D)\1{3,}|(\d)\2{6,}", re.IGNORECASE)
_PHRASE = re.compile(r"(?=\S)(.{2,20}?)(?:\s*\1){2,}", re.IGNORECASE)
_LONG_RUN = re.compile(r"(.)\1{9,}", re.DOTALL)
_SPACES = re.compile(r"\s+")
_MOST_PASSES = 8


@dataclass(frozen=True, slots=True)
class Copies:
    """`spoken` is empty where there is nothing to say. `match` is for comparing, never for a person."""

    spoken: str
    caption: str
    match: str
    plain: str
    """The text without what cannot be seen: what lists of words are compared with, beside `spoken`."""
    bare: str
    """And without markup, which parts no word: `b[x]ad`."""
    has_link: bool


def make_copies(
    text: str, emotes: Sequence[Emote] = (), *, links: LinkPolicy = "replace", emote_policy: EmotePolicy = "skip"
) -> Copies:
    """Of any text whatever; at most `MOST_TEXT` code points of it."""
    text = cut(text, MOST_TEXT)
    plain = visible(text)
    said, linked = _said(_without_emotes(text, emotes, emote_policy), links)
    return Copies(
        said, caption(text, links), folded_key(plain), plain, without_markup(plain), linked or has_link(plain)
    )


def visible(text: str) -> str:
    """Without what is not seen and what is no character; one line."""
    return _SPACES.sub(" ", _BROKEN.sub(" ", _UNSEEN.sub("", cut(text, MOST_TEXT)))).strip()


def without_markup(text: str) -> str:
    """With nothing in its place."""
    return _CONTROLS.sub("", _MARKUP.sub("", text.translate(_BRACKETS)))


def unseen_start(text: str) -> int:
    """Where what is seen of it begins."""
    found = _UNSEEN_START.match(text)
    return found.end() if found else 0


def caption(text: str, links: LinkPolicy = "replace") -> str:
    """As it was written, on one line, with nothing that would run out of it. The page must show it as text."""
    text = _BROKEN.sub(" ", _UNSEEN_BUT_EMOJI.sub("", cut(text, MOST_TEXT)))
    text = _MANY_MARKS.sub(r"\1", unicodedata.normalize("NFC", text))
    text = _LONG_RUN.sub(lambda m: m[1] * 8, replace_links(text, links))
    return cut(_SPACES.sub(" ", text).strip(), MOST_TEXT)


def spoken(text: str, links: LinkPolicy = "replace") -> str:
    """What is said of it; empty if there is no letter or digit. To say it again changes nothing."""
    return _said(text, links)[0]


def _said(text: str, links: LinkPolicy) -> tuple[str, bool]:
    """And whether there was an address."""
    text, linked = cut(text, MOST_TEXT), False
    for _ in range(_MOST_PASSES):
        clean, found = _clean(text, links)
        linked = linked or found
        text = _PHRASE.sub(_one, _RUN.sub(lambda m: m[0][:3], clean))
        if text == clean and not found:  # else what was put in or taken out may have made an address, or a phrase
            break
    return text if any(map(str.isalnum, text)) else "", linked


def _clean(text: str, links: LinkPolicy) -> tuple[str, bool]:
    ascii_only = text.isascii()
    if not ascii_only:
        text = STYLED.sub(unstyled, _UNSEEN.sub("", text))
        text = _LATIN_MARKS.sub("", unicodedata.normalize("NFC", text))
        text = unicodedata.normalize("NFC", _MANY_MARKS.sub(r"\1", text)).translate(_BRACKETS)
    text = _CONTROLS.sub(" ", _MARKUP.sub(" ", _BROKEN.sub(" ", text)))
    linked = has_link(text)
    if linked:
        text = replace_links(text, links)
    if not ascii_only:
        text = _PICTURES.sub(" ", text)
    return cut(_SPACES.sub(" ", text), MOST_TEXT).strip(), linked


def _one(m: re.Match[str]) -> str:
    """A short number is one: 121212."""
    return m[0] if m[0].isdigit() and len(m[0]) <= 6 else m[1]


def _without_emotes(text: str, emotes: Sequence[Emote], policy: EmotePolicy) -> str:
    if not emotes:
        return text
    parts, at, said = [], 0, set()
    for emote in emotes:
        parts.append(text[at : emote.start])
        parts.append(f" {emote.name} " if policy == "name" and emote.name not in said else " ")
        said.add(emote.name)
        at = emote.end
    return "".join([*parts, text[at:]])
