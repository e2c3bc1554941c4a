"""Text as it was written, as it is said."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts.text.language import Language
from ishowtts.text.normalize import Normalized, Rules, normalize
from tests.text.readings import HINTS, TABLES, Case, cases, key, right

WANTED = 0.97
LINES = [case.written for table in TABLES for case in cases(table)]
PIECES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(LINES),
    st.text("0123456789.,:/-–~%$¥€+xXvVkKmM年月日点个第°'\" ", max_size=14),
    st.text(
        "abcAISTzh你好站我一二．，。！?（）()[]*_`#@&=<>|\\~^\n\u2029😂👍🏽\u200d\ufe0f①½²Ⅲ㎡ｆ１＋ж한あé𝓱Ⓐ",
        max_size=14,
    ),
)
TEXTS = st.lists(PIECES, max_size=4).map("".join)
RULES = st.builds(
    Rules,
    links=st.sampled_from(["skip", "host", "spell"]),
    emoji=st.sampled_from(["skip", "name"]),
    slang=st.booleans(),
    lexicon=st.sampled_from([(), (("ping", "延迟"), ("666", "厉害"), ("小明", "Tom"))]),
)


def wrong(table: str) -> list[tuple[Case, str]]:
    made = [(case, normalize(case.written, language=HINTS[table]).text) for case in cases(table)]
    return [(case, text) for case, text in made if not right(case, text)]


@pytest.mark.parametrize("table", TABLES)
def test_nearly_all_lines_are_read_as_a_good_reader_does(table: str) -> None:
    failures = wrong(table)
    told = "\n".join(f"{case.written!r}: {text!r}, not {case.readings[0]!r}" for case, text in failures)
    assert 1 - len(failures) / len(cases(table)) >= WANTED, told


@pytest.mark.parametrize("table", TABLES)
def test_what_was_read_aloud_is_left_as_it_is(table: str) -> None:
    """Chat is cut, trimmed and put in sentences between two readings."""
    once = [normalize(case.written, language=HINTS[table]).text for case in cases(table)]
    assert [key(normalize(text, language=HINTS[table]).text) for text in once] == [key(text) for text in once]


def test_a_number_is_said_and_keeps_its_place() -> None:
    made = normalize("今天有20个人")
    assert made.text == "今天有二十个人"
    assert made.original[slice(*made.span(3, 5))] == "20"
    assert made.original[slice(*made.span(5, 6))] == "个"
    assert [(c.start, c.end, c.spoken, c.rule) for c in made.changes] == [(3, 5, "二十", "number")]


def test_a_character_of_a_reading_stands_for_all_of_what_was_read() -> None:
    made = normalize("是3.5分")
    assert made.text == "是三点五分"
    assert {made.span(i, i + 1) for i in (1, 2, 3)} == {(1, 4)}


def places_are_sound(made: Normalized) -> None:
    assert len(made.text) == len(made.starts) == len(made.ends)
    assert all(0 <= a <= b <= len(made.original) for a, b in zip(made.starts, made.ends, strict=True))
    assert list(made.starts) == sorted(made.starts)
    assert list(made.ends) == sorted(made.ends)
    edges = [place for c in made.changes for place in (c.start, c.end)]
    assert edges == sorted(edges)
    assert all(c.start < c.end and c.rule for c in made.changes)


def nothing_is_lost(made: Normalized) -> None:
    """Every letter and digit is in the text, or in a change, and then said or skipped by a rule that has a name."""
    spoken = {i for a, b in {*zip(made.starts, made.ends, strict=True)} for i in range(a, b)}
    changed = {i for c in made.changes for i in range(c.start, c.end)}
    lost = [i for i, c in enumerate(made.original) if c.isalnum() and i not in spoken | changed]
    assert not lost, [made.original[i] for i in lost]
    kept = [c for c in made.changes if c.spoken.strip()]
    assert all(any(c.start <= i < c.end for i in spoken) for c in kept)


@settings(max_examples=120, deadline=None)
@given(TEXTS, RULES, st.sampled_from([None, "en", "zh"]))
def test_any_text_is_said_and_nothing_is_lost(text: str, rules: Rules, language: Language | None) -> None:
    made = normalize(text, rules, language)
    places_are_sound(made)
    nothing_is_lost(made)
    assert "\n" not in made.text
    assert not any(c.isdecimal() and c.isascii() for c in made.text)


@settings(max_examples=40, deadline=None)
@given(TEXTS)
def test_what_is_said_is_said_the_same_when_it_is_said_again(text: str) -> None:
    once = normalize(text).text
    assert not any(c.rule in ("number", "money", "date", "phone") for c in normalize(once).changes)


LONG = ["9", "1,", "1-", "½", "*a", "[a](", " ", "1. a\n", "(・", "a.", "A ", "我1", "1:", "$1", "-1", "😂", "www."]


@pytest.mark.parametrize("piece", LONG)
def test_long_texts_of_any_kind_are_read(piece: str) -> None:
    made = normalize((piece * 2000)[:2000])
    places_are_sound(made)
    nothing_is_lost(made)
