"""Mandarin as characters, or as toneless syllables, that can be compared."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

from pypinyin import lazy_pinyin

from ishowtts.bench.extras import need
from ishowtts.text.numbers_zh import spell_numbers

_KEPT = re.compile(r"[㐀-鿿a-z0-9]")
_SAME_SOUND = str.maketrans("她它牠妳", "他他他你")  # told apart in writing only


def characters(text: str) -> list[str]:
    """Simplified, numbers as they are read, no punctuation; Latin letters stay, lower case. Needs `opencc`."""
    simplified = _converter().convert(unicodedata.normalize("NFKC", text))
    return _KEPT.findall(spell_numbers(simplified).lower().translate(_SAME_SOUND))


def syllables(text: str) -> list[str]:
    """Toneless pinyin of each character: 是 and 事 are the same here, and so are 是 and 十."""
    spoken: list[str] = lazy_pinyin("".join(characters(text)))
    return spoken


@cache
def _converter() -> Any:
    return need("opencc").OpenCC("t2s")
