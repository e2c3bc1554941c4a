"""Text as it was written → text as it is said: 3月5日 → 三月五日, $3.50 → three dollars and fifty cents.

Rules of our own: a library's would return a sentence without saying what became of which characters, and reads less of
chat (docs/text.md has the figures).
"""

from __future__ import annotations

import re

from ishowtts.text.language import HAN, LATIN, Language
from ishowtts.text.normal import (
    acronyms,
    codes,
    dates,
    links,
    markup,
    money,
    numbers,
    pictures,
    quantities,
    slang,
    symbols,
    times,
)
from ishowtts.text.normal.draft import Draft
from ishowtts.text.normal.letters import plain_letters
from ishowtts.text.normal.rules import USUAL, Rules
from ishowtts.text.normalized import Change, Normalized, put_together

__all__ = ["Change", "Normalized", "Rules", "normalize"]

_OTHER_LETTERS = re.compile(f"(?:(?![\\d_{HAN}{LATIN}])\\w)+")


def normalize(text: str, rules: Rules = USUAL, language: Language | None = None) -> Normalized:
    """Any text; letters and digits are said, skipped by a rule that is named, or told as unknown. `language` is for a
    text whose letters do not tell. Line breaks are taken for what they are, and are not in the result."""
    draft = Draft(plain_letters(text), language)
    slang.user(draft, rules)
    markup.apply(draft)
    links.apply(draft, rules.links)
    pictures.apply(draft, rules.emoji)
    symbols.languages(draft)
    slang.apply(draft, rules)
    numeric = any(c.isnumeric() for c in draft.left)
    if numeric:
        codes.named(draft)
        for part in (dates, codes, money, times, quantities, numbers):
            part.apply(draft)
    codes.roman(draft)
    numbers.sums(draft)
    if numeric:
        codes.models(draft)
        numbers.plain(draft)
    acronyms.apply(draft)
    symbols.apply(draft)
    markup.breaks(draft)
    unknown = [m.span() for m in _OTHER_LETTERS.finditer(draft.left)] if not text.isascii() else []
    return put_together(text, draft.text, draft.changes, unknown)
