from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ishowtts.text.words import word_spans


def words(text: str) -> list[str]:
    return [text[a:b] for a, b in word_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('Don\'t say "well-known", please.', ["Don't", "say", "well-known", "please"]),
        ("$3.50 or -5°C, 50%, 1,000 at 12:30", ["$3.50", "or", "-5°C", "50%", "1,000", "at", "12:30"]),
        ("yes,no...maybe—so 3–4", ["yes", "no", "maybe", "so", "3", "4"]),
        ("a@b.com #1 @joe C++ ok_yes", ["a@b.com", "#1", "@joe", "C++", "ok_yes"]),
        ("我用BBC看2024年，好。", ["我", "用", "BBC", "看", "2024", "年", "好"]),
        ("cafe\u0301 好\u0301！", ["cafe\u0301", "好\u0301"]),
        ("hi 👩‍👩‍👧❤️🇩🇪 there", ["hi", "there"]),
        ("नमस्ते ½ ①", ["नमस्ते", "½", "①"]),
        ("…!? ' \u0301 ", []),
        ("", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(st.one_of(st.text(), st.text(alphabet="ab9 你好'’-.,:$%°+#@_\u0301\ufe0f\U0001f600\ud800")))
def test_every_letter_and_digit_is_in_one_word(text: str) -> None:
    spans = word_spans(text)
    assert all(a < b for a, b in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    inside = {i for a, b in spans for i in range(a, b)}
    assert {i for i, c in enumerate(text) if c.isalnum()} <= inside
    assert not any(text[i].isspace() for i in inside)


def test_hostile_lengths_are_no_trouble() -> None:
    for text in ("a" * 20_000, "a." * 10_000, "1," * 10_000, "'" * 20_000, "e\u0301" * 10_000, "你" * 20_000):
        assert len(word_spans(text)) <= len(text)
