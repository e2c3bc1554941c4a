"""From what is said back to what was written."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts.synthesis.written import Written
from ishowtts.text.clean import trace
from ishowtts.text.normalize import Rules, normalize
from ishowtts.text.segments import split_spans
from ishowtts.text.timing import WordTime
from ishowtts.text.words import word_spans

BITS = [
    "$3.50 ",
    "3月5日",
    "你好",
    "word ",
    ". ",
    "。",
    "https://a.example/x ",
    "😂",
    "\n\n",
    "\u200b",
    "12345678901 ",
    "é",
    "한 ",
]


def read_aloud(text: str) -> Written:
    cleaned = trace(text)
    return Written(cleaned, normalize(cleaned.lines()))


def timed(said: str, start: int, end: int) -> list[WordTime]:
    """Each word of a segment takes a second."""
    spans = word_spans(said[start:end])
    return [WordTime(a, b, float(i), i + 1.0) for i, (a, b) in enumerate(spans)]


def test_words_are_told_in_the_callers_text() -> None:
    text = "  Hi \U0001f469\u200d\U0001f467  cafe\u0301\n\nyou  all "
    written = Written(trace(text))
    at = written.cleaned.text.index("you")
    words = written.words([WordTime(0, 3, 0.1, 0.2), WordTime(4, 7, 0.3, 0.4)], at, (at, at + 7))
    assert [text[a:b] for a, b, _, _ in words] == ["you", "all"]
    assert [word[2:] for word in words] == [(0.1, 0.2), (0.3, 0.4)]


def test_what_is_read_in_many_words_is_one_word_of_the_caller() -> None:
    text = "It  costs $3.50, 今天3月5日。"
    written = read_aloud(text)
    assert written.said is not None
    said = written.said.text
    assert said == "It costs three dollars and fifty cents, 今天三月五日。"
    [place] = written.places([(0, len(said))])
    words = written.words(timed(said, 0, len(said)), 0, place)
    assert [text[a:b] for a, b, _, _ in words] == ["It", "costs", "$3.50", "今", "天", "3", "月", "5", "日"]
    assert [(t0, t1) for _, _, t0, t1 in words][:4] == [(0, 1), (1, 2), (2, 7), (7, 8)]


@pytest.mark.parametrize(
    "text", ["https://a.example/x Hello.", "Hello. https://a.example/x Bye.", "Hello. https://a.example/x"]
)
def test_what_is_skipped_is_in_a_segment_too(text: str) -> None:
    cleaned = trace(text)
    written = Written(cleaned, normalize(cleaned.lines(), Rules(links="skip")))
    assert written.said is not None
    spans = split_spans(written.said.text, first_seconds=0.5, max_seconds=1)
    places = written.places(spans)
    inside = {i for a, b in places for i in range(a, b)}
    assert inside >= {i for i, c in enumerate(text) if c.isalnum()}
    said = written.said.text
    segments = list(zip(spans, places, strict=True))
    words = [w for (a, b), place in segments for w in written.words(timed(said, a, b), a, place)]
    assert "https" in "".join(text[a:b] for a, b, _, _ in words)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.sampled_from(BITS), max_size=25).map("".join))
def test_places_are_in_order_and_hold_every_letter(text: str) -> None:
    written = read_aloud(text)
    assert written.said is not None
    said = written.said.text
    spans = [
        (a, b) for a, b in split_spans(said, first_seconds=1, max_seconds=2) if any(c.isalnum() for c in said[a:b])
    ]
    places = written.places(spans)
    flat = [at for place in places for at in place]
    assert flat == sorted(flat)
    cleaned = written.cleaned.text
    if spans:
        inside = {i for a, b in places for i in range(a, b)}
        assert inside >= {i for i, c in enumerate(cleaned) if c.isalnum()}
    for (a, b), place in zip(spans, places, strict=True):
        words = written.words(timed(said, a, b), a, place)
        first, last = written.span(place)
        for start, end, t0, t1 in words:
            assert first <= start < end <= last
            assert 0 <= t0 <= t1
