from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ishowtts.danmaku.event import MOST_TEXT
from ishowtts.danmaku.policy import Replacement
from ishowtts.danmaku.replace import Replacer


def replacer(*entries: dict[str, Any]) -> Replacer:
    return Replacer([Replacement(**entry) for entry in entries])


def test_literal_texts_on_word_bounds_in_one_pass() -> None:
    say = replacer({"text": "gg", "by": "good game"}, {"text": "good", "by": "bad"}, {"text": "yyds", "by": "永远的神"})
    assert say("GG egg gg! 主播yyds") == "good game egg good game! 主播永远的神"


def test_the_longest_wins_and_chinese_is_found_anywhere() -> None:
    say = replacer({"text": "重庆", "by": "崇庆"}, {"text": "重", "by": "众"}, {"text": "c++", "by": "C plus plus"})
    assert say("在重庆很重 c++") == "在崇庆很众 C plus plus"


def test_patterns_after_texts_with_groups() -> None:
    say = replacer({"text": "by", "by": "x"}, {"pattern": r"(\d+)x(\d+)", "by": r"\1 by \2 \\"})
    assert say("720x480") == "720 by 480 \\"


def test_a_replacement_that_holds_its_own_text_ends() -> None:
    """A reader elsewhere replaced until nothing was found, for ever."""
    assert replacer({"text": "a", "by": "aa a"})("a") == "aa a"
    assert replacer({"pattern": "a", "by": "aa"})("aa") == "aaaa"


def test_a_pattern_that_makes_much_of_little_is_cut() -> None:
    say = replacer(*[{"pattern": "a*", "by": "a" * 200}] * 10)
    assert len(say("b" * 1000)) <= MOST_TEXT


@given(st.text(max_size=60))
def test_any_text(text: str) -> None:
    say = replacer({"text": "a.b", "by": r"\1"}, {"pattern": r"(x)|(y)", "by": r"[\1\2]"})
    assert len(say(text)) <= MOST_TEXT
    if not set(text) & set("abxyABXY"):
        assert say(text) == text
