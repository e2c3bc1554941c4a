"""Which capitals are said letter by letter. `N.B.A` is what every reader of phonemes and every model of characters
spells; a mark behind the last letter would end a sentence."""

from __future__ import annotations

import re
from typing import Any

from ishowtts.text.language import LATIN
from ishowtts.text.normal.draft import Draft
from ishowtts.text.normal.tables import words

_LONGEST = 5
_CAPITALS = re.compile(f"(?<![{LATIN}\\d.'’&])[A-Z]{{2,7}}(?![{LATIN}\\d'’])")
_SMALL = re.compile(f"(?<![{LATIN}\\d.'’/@#&_-])[a-z]{{2,5}}(?![{LATIN}\\d'’/@_-]|\\.[a-z])")
_DOTTED = re.compile(f"(?<![{LATIN}\\d.])(?:[A-Za-z]\\.){{2,6}}(?=(?P<end>\\s*$|\\s+[A-Z])?)")
_WORD = re.compile(f"[{LATIN}]{{2,}}")
_VOWEL = re.compile("[AEIOU]")


def spelled(word: str) -> str | None:
    """Letters with marks between them; None for what is said as a word."""
    if not word.isupper() or not 2 <= len(word) <= _LONGEST or word in words("spoken_capitals.txt"):
        return None
    return ".".join(word)


def apply(draft: Draft) -> None:
    if _CAPITALS.search(draft.left):
        written = _WORD.findall(draft.text)
        shouted = len(written) > 2 and sum(word.isupper() for word in written) > 0.6 * len(written)
        draft.each(_CAPITALS, "acronym", lambda m: _capitals(m, draft, shouted))
    draft.each(_SMALL, "acronym", lambda m: _small(m[0], m, draft))
    draft.each(_DOTTED, "acronym", lambda m: _dots(m))


def _capitals(m: Any, draft: Draft, shouted: bool) -> str | None:
    """In Chinese, capitals are letters; in English they may be a word that is shouted, and that is made small: models
    of characters spell capitals."""
    word = m[0]
    if word in words("acronyms.txt") and not (shouted and word in words("spoken_capitals.txt")):
        return ".".join(word)
    if word in words("spoken_capitals.txt"):
        return word.lower() if shouted or word not in words("acronyms.txt") else None
    chinese = draft.language(*m.span()) == "zh"
    if len(word) <= _LONGEST and (not _VOWEL.search(word) or (chinese and not shouted)):
        return ".".join(word)
    return word.lower() if len(word) > 3 or shouted else None


def _small(word: str, m: Any, draft: Draft) -> str | None:
    return ".".join(word.upper()) if word in words("small_acronyms.txt") else None


def _dots(m: Any) -> str:
    """U.S. → U.S: a mark behind it stays only where a sentence may end."""
    letters = m[0].replace(".", "").upper()
    return ".".join(letters) + ("." if m["end"] is not None and not m["end"].strip() else "")
