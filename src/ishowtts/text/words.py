"""Where the words of a text are, for captions that follow the voice. Marks, spaces and emoji are in no word.

Chinese goes by character, as it is sung to and as it is spoken: one syllable each. All else goes by what stands
between spaces and marks: "don't", "3.5", "$20", "50%", "well-known" and "example.com" are one word each.
"""

from __future__ import annotations

import re
import unicodedata

from ishowtts.text.language import HAN

_MARK = "\u0301"  # stands for every combining character
_ATOM = f"(?:(?![{HAN}])[^\\W_]{_MARK}*)"
_NUMBER = r"[-−+]?[$€£¥￥]?(?=\d)"
_INSIDE = r"(?:['’‐‑_./&@-]|(?<=\d)[,:](?=\d))"
_BEHIND = r"(?:[%‰]|°[CF]?|[℃℉]|\++)"
_WORD = re.compile(
    f"[{HAN}]{_MARK}*|(?:{_NUMBER}|[#@])?{_ATOM}+(?:{_INSIDE}{_ATOM}+)*(?:(?<=\\d){_BEHIND}|(?<=[A-Za-z])\\++)?"
)


def word_spans(text: str) -> list[tuple[int, int]]:
    """(first, past-the-last) character of each word, in order; every letter and digit is in just one."""
    return [m.span() for m in _WORD.finditer("".join(map(_shadow, text)))]


def _shadow(c: str) -> str:
    return _MARK if c > "\u02ff" and unicodedata.category(c)[0] == "M" else c
