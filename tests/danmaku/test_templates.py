from __future__ import annotations

import random
from typing import Any

import pytest

from ishowtts.danmaku.event import KINDS, Kind, bounded
from ishowtts.danmaku.policy import Policy
from ishowtts.danmaku.templates import language_of, sentence


def said(
    kind: Kind, text: str = "", name: str = "Ann", policy: Policy | None = None, seed: int = 0, **more: Any
) -> str:
    policy = policy or Policy()
    event = bounded("twitch", kind, name, text=text, **more)
    language = language_of(event, text, policy)
    return sentence(event, text, name, policy, language, random.Random(seed))


def test_chinese_messages_do_not_get_an_english_template() -> None:
    """The earlier system read `小明 says: 你好`."""
    assert said("chat", "你好", "小明") == "小明说：你好"
    assert said("chat", "你好 OK", "Bob") == "Bob说：你好 OK"
    assert said("chat", "hello", "小明") == "小明 says: hello"


@pytest.mark.parametrize(
    ("kind", "fields", "english", "chinese"),
    [
        ("gift", {"gift": "Rose", "count": 3}, "Ann sent 3 Rose", None),
        ("gift", {"gift": "小花花", "count": 3}, None, "Ann送出3个小花花"),
        ("superchat", {"amount": "30", "currency": "CNY", "text": "加油"}, None, "Ann打赏30元：加油"),
        ("superchat", {"amount": "4.99", "currency": "USD", "text": "nice"}, "Ann sent 4.99 dollars: nice", None),
        ("superchat", {"amount": "1", "currency": "USD"}, "Ann sent 1 dollar", None),
        ("superchat", {"text": "hi"}, "Ann says: hi", None),
        ("bits", {"amount": 100, "text": "go"}, "Ann cheered 100 bits: go", None),
        ("sub", {"tier": "Tier 1"}, "Ann subscribed Tier 1", None),
        ("sub", {"months": 12, "text": "still here"}, "Ann subscribed for 12 months: still here", None),
        ("sub", {"tier": "舰长", "count": 3}, None, "Ann开通了3个月舰长"),
        ("gift", {"gift": "subscription", "count": 5}, "Ann sent 5 gift subscriptions", None),
        ("gift", {"gift": "subscription", "name": "小明"}, "小明 sent 1 gift subscription", None),
        ("raid", {"count": 42}, "Ann is raiding with 42 viewers", None),
        ("follow", {}, "Ann is following now", None),
        ("join", {"name": "小红"}, None, "欢迎小红"),
        ("system", {"text": "直播开始"}, None, "直播开始"),
    ],
)
def test_each_kind(kind: Kind, fields: dict[str, Any], english: str | None, chinese: str | None) -> None:
    assert said(kind, **fields) == (english or chinese)


def test_a_room_of_one_language() -> None:
    policy = Policy(language="zh")
    assert said("chat", "hello", policy=policy) == "Ann说：hello"
    assert language_of(bounded("a", "like", "123"), "", Policy(), "zh") == "zh"


def test_without_a_name_chat_is_its_text() -> None:
    assert said("chat", "hello", "") == "hello"
    off = Policy.model_validate({"templates": {"chat": {"en": ""}}})
    assert said("chat", "hello", "", off) == ""


def test_an_empty_template_is_not_read_and_of_several_one_is_picked() -> None:
    policy = Policy.model_validate({"templates": {"chat": {"en": ["{user}: {text}", "from {user}: {text}"], "zh": ""}}})
    assert said("chat", "你好", policy=policy) == ""
    picked = {said("chat", "hello", policy=policy, seed=n) for n in range(20)}
    assert picked == {"Ann: hello", "from Ann: hello"}
    assert said("chat", "hello", policy=policy, seed=3) == said("chat", "hello", policy=policy, seed=3)


def test_a_gift_cannot_bring_markup_or_addresses() -> None:
    assert said("gift", gift="<|x|>Rose evil.com {user}") == "Ann sent 1 Rose"
    assert said("gift", gift="💩") == "Ann sent 1 gift"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_sentence_in_both_languages(kind: Kind) -> None:
    for text in ("hello", "你好"):
        assert said(kind, text, amount=5, currency="EUR", gift="x", tier="y", months=2)
