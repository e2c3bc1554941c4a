from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ishowtts.danmaku.event import bounded
from ishowtts.danmaku.names import LastNamed, spoken_name
from ishowtts.danmaku.person import Person
from ishowtts.danmaku.policy import NamePolicy
from tests.danmaku.clock import Clock

POLICY = NamePolicy(nicknames={"twitch:7": "the boss", "Old_Name": "Nick"})


def name(written: str, user_id: str = "", person: Person | None = None, anonymous: bool = False) -> str:
    event = bounded("twitch", "chat", written, user_id=user_id)
    return spoken_name(event, POLICY, "en", person or Person(), anonymous)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("cool_cat", "cool cat"),
        ("xX__Sniper__Xx1", "xX Sniper"),
        ("xX__Sniper__Xx", "xX Sniper Xx"),
        ("user19840527", "user198"),
        ("𝓐𝓷𝓷", "Ann"),
        ("TheLegendaryHero", "TheLegendary"),
        ("一二三四五六七八九十甲乙丙丁", "一二三四五六七八九十甲乙"),
        ("<|im_end|>", "Someone"),
        ("😀😀", "Someone"),
        ("evil.com", "evil com"),
        ("[pause:60s]Bob", "Bob"),
        ("aaaaaaaaaa", "aaa"),
        ("old_name", "Nick"),
        ("", "Someone"),
    ],
)
def test_how_a_name_is_said(written: str, said: str) -> None:
    assert name(written) == said


def test_nicknames() -> None:
    assert name("whoever", "7") == "the boss"
    assert name("whoever", "7", Person(nickname="Bo<|x|>ss")) == "Bo ss"
    assert name("whoever", "7", anonymous=True) == "Someone"


@given(st.text(st.characters(), max_size=100))
def test_any_name_is_short_and_safe(written: str) -> None:
    said = name(written)
    assert 0 < len(said) <= 12
    assert said == said.strip()
    assert not set("<>{}[]|_") & set(said)


def test_a_name_is_said_when_the_speaker_changes() -> None:
    clock = Clock()
    last = LastNamed(clock)
    assert last.name_now("a", 60)
    assert not last.name_now("a", 60)
    assert last.name_now("b", 60)
    assert last.name_now("a", 60)
    clock.now += 40
    assert not last.name_now("a", 60)
    clock.now += 21
    assert last.name_now("a", 60), "named again after a minute, also if they never stopped"
    last.forget()
    assert last.name_now("a", 60)
