from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ishowtts.text.clean import clean


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  a \t b\u3000c\n", "a b c"),
        ("one\ntwo", "one two"),
        ("A title\n\nThe text.\n\nMore", "A title. The text. More"),
        ("标题\r\n\r\n正文。", "标题。正文。"),
        ("a\u200bb\ufeffc\u00add", "abcd"),
        ("a\x00b\x07c\ud800d", "abcd"),
        ("❤\ufe0f ok", "❤ ok"),
        ("½ ① Ａ ﬁ", "½ ① Ａ ﬁ"),
        (" \u200b\n ", ""),
    ],
)
def test_clean(text: str, expected: str) -> None:
    assert clean(text) == expected


@given(st.text(alphabet=st.characters(), max_size=60))
def test_keeps_letters_and_digits_and_is_stable(text: str) -> None:
    once = clean(text)
    assert [c for c in once if c.isalnum()] == [c for c in text if c.isalnum()]
    assert clean(once) == once
