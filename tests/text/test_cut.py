from __future__ import annotations

import regex
from hypothesis import given
from hypothesis import strategies as st

from ishowtts.text.cut import cut

FAMILY = "👨‍👩‍👧‍👦"


def test_short_text_stays() -> None:
    assert cut("你好", 2) == "你好"
    assert cut("", 0) == ""


def test_an_emoji_is_kept_or_left_whole() -> None:
    assert cut("ab" + FAMILY, 4) == "ab"
    assert cut("ab" + FAMILY + "c", 2 + len(FAMILY)) == "ab" + FAMILY
    assert cut("🇨🇳🇺🇸", 3) == "🇨🇳"
    assert cut("hé" + "́" * 3, 3) == "h"


def test_a_character_of_a_thousand_marks_is_cut_where_the_text_ends() -> None:
    assert cut("h" + "́" * 1000, 500) == "h" + "́" * 499


@given(st.text(max_size=200), st.integers(0, 200))
def test_never_longer_never_anything_else(text: str, longest: int) -> None:
    out = cut(text, longest)
    assert text.startswith(out)
    assert len(out) <= longest
    whole = [m.end() for m in regex.finditer(r"\X", text)]
    assert len(out) in {0, longest, *whole}
