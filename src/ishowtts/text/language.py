"""Which of the two spoken languages a text is in, and where it changes from one to the other."""

from __future__ import annotations

import re
from typing import Literal

Language = Literal["en", "zh"]

HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
LATIN = "A-Za-zÀ-ÖØ-öø-ɏḀ-ỿＡ-Ｚａ-ｚ"
_HAN = re.compile(f"[{HAN}]")
_LATIN_WORD = re.compile(f"[{LATIN}]+(?:['’][{LATIN}]+)*")
_CJK_PUNCTUATION = re.compile("[，。！？；：、「」『』《》【】（）]")
_SPANS = re.compile(f"(?P<zh>[{HAN}]+)|(?P<en>[{LATIN}][{LATIN}'’]*)|(?P<digits>\\d+)")


def dominant_language(text: str) -> Language:
    """`zh` where there are at least as many Chinese characters as Latin words, or full-width marks alone."""
    han, words = len(_HAN.findall(text)), len(_LATIN_WORD.findall(text))
    if han == words == 0:
        return "zh" if _CJK_PUNCTUATION.search(text) else "en"
    return "zh" if han >= words else "en"


def runs(text: str) -> list[tuple[Language, str]]:
    """Cut `text` where its language changes; the parts joined give `text` again.

    Letters decide. Digits go with the letters on both sides where these agree, else to Chinese if the text has any,
    else to English. Marks and spaces stay with what is before them, or, at the start, with what comes first.
    """
    spans = list(_SPANS.finditer(text))
    if not spans:
        return [(dominant_language(text), text)] if text else []
    other: Language = "zh" if _HAN.search(text) or dominant_language(text) == "zh" else "en"
    after: list[Language | None] = [None] * len(spans)  # language of the next letters
    following: Language | None = None
    for i in range(len(spans) - 1, -1, -1):
        after[i] = following
        following = _letters(spans[i]) or following
    parts: list[tuple[Language, str]] = []
    before: Language | None = None
    start = 0
    for i, span in enumerate(spans):
        language = _letters(span) or (before if before and before == after[i] else other)
        before = _letters(span) or before
        end = spans[i + 1].start() if i + 1 < len(spans) else len(text)
        if parts and parts[-1][0] == language:
            parts[-1] = (language, parts[-1][1] + text[start:end])
        else:
            parts.append((language, text[start:end]))
        start = end
    return parts


def _letters(span: re.Match[str]) -> Language | None:
    return "zh" if span["zh"] else "en" if span["en"] else None
