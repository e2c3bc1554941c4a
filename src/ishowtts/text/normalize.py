"""Text as it was written → text as it is said: 3月5日 → 三月五日, $3.50 → three dollars and fifty cents."""

from __future__ import annotations

import re

from ishowtts.text.language import Language
from ishowtts.text.normal.draft import Draft
from ishowtts.text.normal.rules import USUAL, Rules
from ishowtts.text.normalized import Change, Normalized, put_together
from ishowtts.text.numbers_zh import spell_numbers

__all__ = ["Change", "Normalized", "Rules", "normalize"]

_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def normalize(text: str, rules: Rules = USUAL, language: Language | None = None) -> Normalized:
    """Any text; letters and digits are said, skipped by a rule that is named, or told as unknown. `language` is for a
    text without letters. Line breaks are taken for what they are, and are not in the result."""
    draft = Draft(text, language)
    draft.each(_NUMBER, "number", lambda m: spell_numbers(m[0]) if draft.language(*m.span()) == "zh" else None)
    return put_together(text, draft.text, draft.changes)
