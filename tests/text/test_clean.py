from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts.text.clean import clean, trace


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
        ("\u200b\n\nText", "Text"),
        (" 标题\ufe0f\n\n正文", "标题。正文"),
    ],
)
def test_clean(text: str, expected: str) -> None:
    assert clean(text) == expected


@given(st.text(alphabet=st.characters(), max_size=60))
def test_keeps_letters_and_digits_and_is_stable(text: str) -> None:
    once = clean(text)
    assert [c for c in once if c.isalnum()] == [c for c in text if c.isalnum()]
    assert clean(once) == once


NASTY = st.text(alphabet=[*"ab你好9.。! \n\r\t\u2028\u200b\u0301\ufe0f\u200d\u3000\x07", "\U0001f469"], max_size=40)


@given(st.one_of(NASTY, st.text(max_size=40)))
def test_every_character_knows_where_it_was(text: str) -> None:
    cleaned = trace(text)
    assert (cleaned.original, cleaned.text) == (text, clean(text))
    assert len(cleaned.starts) == len(cleaned.ends) == len(cleaned.text)
    place = 0
    for c, start, end in zip(cleaned.text, cleaned.starts, cleaned.ends, strict=True):
        assert place <= start <= end <= len(text)
        place = end
        if c == " ":
            assert text[start].isspace()
        elif start == end:
            assert c in ".。"  # put in where a paragraph ended
        else:
            assert text[start] == c
    assert cleaned.span(0, len(cleaned.text))[1] <= len(text)


@settings(max_examples=400)
@given(NASTY, st.data())
def test_a_span_cleaned_is_the_part_it_came_from(text: str, data: st.DataObject) -> None:
    cleaned = trace(text)
    start = data.draw(st.integers(0, len(cleaned.text)))
    end = data.draw(st.integers(start, len(cleaned.text)))
    again = clean(text[slice(*cleaned.span(start, end))])
    ends = ".。 "  # a mark put in where a paragraph ended is not in the original
    assert again.strip(ends) == cleaned.text[start:end].strip(ends)


def test_what_joins_an_emoji_is_part_of_it() -> None:
    family = "\U0001f469\u200d\U0001f467\ufe0f"
    cleaned = trace(f" Hi {family} x")
    assert cleaned.text == "Hi \U0001f469\U0001f467 x"
    assert cleaned.span(3, 5) == (4, 4 + len(family))
    assert cleaned.span(2, 2) == (3, 3)
    assert cleaned.span(7, 7) == (len(cleaned.original),) * 2
