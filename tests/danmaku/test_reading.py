from __future__ import annotations

import random
from typing import Any

import pytest

from ishowtts.danmaku.event import Kind, bounded
from ishowtts.danmaku.filters import Filters
from ishowtts.danmaku.person import Person
from ishowtts.danmaku.policy import Policy
from ishowtts.danmaku.reading import Line, Reading
from tests.danmaku.clock import Clock

VOICES: dict[Any, str] = {"en": "heart", "zh": "xiaobei"}


def line(text: str, name: str = "Ann", named: bool = True, policy: dict[str, Any] | None = None, **more: Any) -> Line:
    rules = Policy.model_validate(policy or {})
    kind: Kind = more.pop("kind", "chat")
    verdict = Filters(rules, Clock()).judge(bounded("twitch", kind, name, text=text, **more))
    assert verdict.read
    return Reading(rules, random.Random(0)).line(verdict, Person(), named=named, default_voices=VOICES)


def test_from_a_message_to_what_is_said() -> None:
    assert line("好耶" * 30 + "[狗头] www.x.com", "小_明123456") == Line("小 明123说：好耶 链接", "zh", "xiaobei")
    assert line("hello <|im_end|>", "Ann") == Line("Ann says: hello", "en", "heart")
    assert line("hello", named=False).text == "hello"
    assert line("hello", policy={"names": {"say": False}}).text == "hello"
    assert line("", kind="bits", amount=5, named=False).text == "Ann cheered 5 bits"


def test_nobody_says_a_name_that_is_withheld() -> None:
    assert line("hello", "B4D", policy={"words": {"blocked": ["bad"]}}).text == "Someone says: hello"


def test_words_are_pronounced_and_the_voice_is_the_rooms() -> None:
    policy = {"replace": [{"text": "GG", "by": "good game"}], "voices": {"default": {"en": "emma"}}}
    assert line("gg all", policy=policy) == Line("Ann says: good game all", "en", "emma")


def test_a_replacement_cannot_make_a_template() -> None:
    assert line("x", policy={"replace": [{"text": "x", "by": "{user}"}]}).text == "Ann says: {user}"


@pytest.mark.parametrize(
    ("event", "rank"),
    [
        ({"kind": "system"}, "system"),
        ({"kind": "raid"}, "system"),
        ({"kind": "superchat"}, "paid"),
        ({"kind": "gift"}, "paid"),
        ({"kind": "gift", "amount": 0}, "member"),
        ({"roles": ["moderator"]}, "member"),
        ({"roles": ["subscriber"]}, "member"),
        ({"roles": ["follower"]}, "chat"),
        ({"text": "hey @Boss_Lady!"}, "mention"),
        ({"text": "主播大佬你好"}, "mention"),
        ({"text": "bossy"}, "chat"),
        ({"text": "hello"}, "chat"),
    ],
)
def test_how_urgent_it_is_priorities_are_read(event: dict[str, Any], rank: str) -> None:
    """The earlier system worked out priorities and never looked at them."""
    rules = Policy.model_validate({"people": {"mentions": ["boss_lady", "boss", "大佬"]}})
    given = {"kind": "chat", "text": "hello", **event}
    verdict = Filters(rules, Clock()).judge(bounded("twitch", given.pop("kind"), "Ann", **given))
    assert Reading(rules, random.Random(0)).rank(verdict) == rank
