from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ishowtts.danmaku.blocklist import Blocklist, Lists, without
from ishowtts.danmaku.copies import visible

LIST = Blocklist(
    Lists(words=("bad", "very naughty", "坏蛋", "1488"), severe=("wicked",), patterns=(r"sp+am\d+",), pinyin=True)
)


def found(text: str) -> list[str]:
    return [text[a:b] for a, b in LIST.find(text).spans]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a bad day", "bad"),
        ("BAD!", "BAD"),
        ("so B.A.D now", "B.A.D"),
        ("ｂａｄ", "ｂａｄ"),
        ("b а d", "b а d"),
        ("b4d", "b4d"),
        ("b@d", "b@d"),
        ("b4d_guy", "b4d"),
        ("xb4d", None),
        ("b^a^d", "b^a^d"),
        ("baaaad", "baaaad"),
        ("b\u0301a\u0336d", "b\u0301a\u0336d"),
        ("b\u200bad", "b\u200bad"),
        ("你bad吗", "bad"),
        ("Very  Naughty", "Very  Naughty"),
        ("very-naughty", "very-naughty"),
        ("你这个坏 蛋啊", "坏 蛋"),
        ("坏旦", "坏旦"),
        ("坏dan", "坏dan"),
        ("huaidan!", "huaidan"),
        ("hua i", None),
        ("un w i c.k e d ly", "w i c.k e d"),
        ("sp00k spppam77", "spppam77"),
        ("code 1488", "1488"),
    ],
)
def test_words_however_they_are_written(text: str, what: str | None) -> None:
    assert found(text) == ([what] if what else [])


@pytest.mark.parametrize("text", ["a badge", "Sinbad", "14 88", "bed", "坏了", "蛋坏", "spam", "不坏", ""])
def test_innocent_words(text: str) -> None:
    assert found(text) == []


def test_severe_is_told_apart() -> None:
    assert LIST.find("w1cked").severe
    assert not LIST.find("bad").severe


def test_by_sound_only_if_wanted() -> None:
    by_letter = Blocklist(Lists(words=("坏蛋",), pinyin=False))
    assert not by_letter.find("坏旦").spans
    assert by_letter.find("坏蛋").spans


def test_words_are_taken_out_and_never_starred() -> None:
    text = "a bad and b4d day"
    assert without(text, LIST.find(text).spans).split() == ["a", "and", "day"]


def test_a_list_of_nothing_finds_nothing() -> None:
    assert Blocklist(Lists(words=("...", "  "), severe=("!!",))).find("anything ...").spans == []


def test_five_thousand_words() -> None:
    many = Blocklist(Lists(words=tuple(f"word{n:04}x" for n in range(5000))))
    assert many.find("here is word4321x, see").spans
    assert not many.find("here is word43210x, see").spans


@given(st.text(st.characters(), max_size=120))
def test_any_text_is_searched_and_nothing_is_left(text: str) -> None:
    text = visible(text)
    spans = LIST.find(text).spans
    assert all(0 <= a < b <= len(text) for a, b in spans)
    assert all(b < c for (_, b), (c, _) in pairwise(spans))
