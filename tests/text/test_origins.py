from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ishowtts.text.origins import origins, source


@pytest.mark.parametrize(
    ("before", "after", "part", "expected"),
    [
        ("I have 3 cats.", "I have three cats.", "three", "3"),
        ("I have 3 cats.", "I have three cats.", "cats", "cats"),
        ("我有3个，占50%", "我有三个，占百分之五十", "百分之五十", "50%"),
        ("Dr. Who is in", "Doctor Who is in", "Doctor", "Dr."),
        ("Dr. Who is in", "Doctor Who is in", "in", "in"),
        ("cafe\u0301 x", "café x", "café", "cafe\u0301"),
        ("a b", "a and b", "and", ""),
        ("[IT] 3", "(IT) 3", "IT", "IT"),
    ],
)
def test_what_was_rewritten_knows_what_it_was(before: str, after: str, part: str, expected: str) -> None:
    at = after.index(part)
    start, end = source(origins(before, after), at, at + len(part))
    assert before[start:end].strip() == expected


TEXT = st.text(alphabet="ab 3你好.,\u0301", max_size=30)


@given(TEXT, TEXT)
def test_spans_are_in_order_and_inside(before: str, after: str) -> None:
    spans = origins(before, after)
    assert len(spans) == len(after)
    place = 0
    for start, end in spans:
        assert 0 <= start <= end <= len(before)
        assert start >= place or (start, end) == (place, end)
        place = start
    assert origins(before, before) == [(i, i + 1) for i in range(len(before))]


@pytest.mark.parametrize(("before", "after"), [("ab" * 5000, "ba" * 4000), ("a." * 3000, ".a" * 3000 + "b"), ("x", "")])
def test_long_texts_that_differ_everywhere_come_to_an_end(before: str, after: str) -> None:
    assert len(origins(before, after)) == len(after)


def test_an_empty_part_is_at_its_place() -> None:
    spans = origins("你好", "你 好")
    assert source(spans, 1, 1) == (1, 1)
    assert source(spans, 3, 3) == (2, 2)
    assert source([], 0, 0) == (0, 0)
