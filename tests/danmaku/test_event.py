from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ishowtts.danmaku.event import (
    KINDS,
    MOST_AMOUNT,
    MOST_EMOTES,
    MOST_ID,
    MOST_NAME,
    MOST_TEXT,
    Author,
    ChatEvent,
    Emote,
    Retraction,
    bounded,
    identifier,
)

ANY_TEXT = st.text(st.characters(), max_size=1200)  # lone surrogates too: JSON can hold them


def test_the_first_crash_a_viewer_could_cause_text_of_chinese_characters_is_cut_between_them() -> None:
    """The earlier system cut at a byte, inside a character, and died."""
    event = bounded("twitch", "chat", "名" * 5000, text="哈" * 5000)
    assert event.text == "哈" * MOST_TEXT
    assert event.author.name == "名" * MOST_NAME


def test_what_makes_no_sense_is_left_out() -> None:
    event = bounded(
        "push", "gift", "a", level=-5, at=math.nan, amount="1e999999999", count=0, months=-1, color="red;x:url(//x)"
    )
    assert event == bounded("push", "gift", "a")
    assert bounded("push", "bits", "a", amount="no").amount is None
    assert bounded("push", "bits", "a", amount=Decimal("sNaN")).amount is None
    assert bounded("push", "bits", "a", amount=-1).amount is None
    assert bounded("push", "chat", "a", color="#FFaa00").color == "#ffaa00"
    assert bounded("push", "superchat", "a", amount="30").amount == Decimal("30.00")


def test_a_colour_is_a_colour_since_a_page_puts_it_in_its_style() -> None:
    """The earlier system passed on whatever came."""
    for color in ("red", "#fff", "#12345g", "#123456;background:url(//evil)", "#123456\n"):
        assert bounded("twitch", "chat", "a", color=color).color == ""
    assert bounded("twitch", "chat", "a", color="#12aBcD").color == "#12abcd"


def test_a_lone_surrogate_of_json_can_be_stored_and_sent() -> None:
    event = bounded("push", "chat", json.loads('"a\\ud800"'), text=json.loads('"\\udc00b"'), message_id="\ud800")
    for value in (event.author.name, event.text, event.message_id):
        assert "\ufffd" in value
        value.encode()


def test_emotes_out_of_the_text_or_over_each_other_are_left_out() -> None:
    given = [Emote("C", 9, 99), Emote("B", 4, 8), Emote("A", 0, 5), Emote("D", -3, 2), Emote("E", 8, 8)]
    assert bounded("twitch", "chat", "a", text="Kappa Kappa", emotes=given).emotes == (Emote("A", 0, 5),)
    many = [Emote("x", n, n + 1) for n in range(900)]
    assert len(bounded("twitch", "chat", "a", text="x" * 900, emotes=many).emotes) == MOST_EMOTES


def test_two_long_ids_never_become_one() -> None:
    a, b = identifier("x" * 5000 + "a"), identifier("x" * 5000 + "b")
    assert a != b
    assert max(len(a), len(b)) <= MOST_ID
    assert identifier("b34ccfc7-4977-403a") == "b34ccfc7-4977-403a"


def test_a_user_has_a_key_over_all_sources() -> None:
    assert bounded("twitch", "chat", "Ann", user_id="12").user == "twitch:12"
    assert bounded("twitch", "chat", "ANN").user == bounded("twitch", "chat", "ann").user == "twitch:@ann"


@pytest.mark.parametrize(
    "change",
    [
        {"source": "Twitch!"},
        {"kind": "other"},
        {"text": "x" * (MOST_TEXT + 1)},
        {"author": Author("1", "x" * (MOST_NAME + 1))},
        {"author": Author("1", "x", frozenset({cast(Any, "king")}))},
        {"message_id": "x" * (MOST_ID + 1)},
        {"at": math.inf},
        {"at": math.nan},
        {"count": 0},
        {"amount": MOST_AMOUNT + 1},
        {"amount": Decimal("NaN")},
        {"color": "#ff"},
        {"emotes": (Emote("a", 0, 9),)},
        {"emotes": (Emote("a", 0, 2), Emote("b", 1, 3))},
    ],
)
def test_an_event_past_its_bounds_cannot_be_made(change: dict[str, Any]) -> None:
    fields: dict[str, Any] = {"source": "twitch", "kind": "chat", "author": Author("1", "a"), "text": "hey"}
    ChatEvent(**fields)
    with pytest.raises(ValueError, match="bounds"):
        ChatEvent(**{**fields, **change})


@given(
    st.sampled_from(KINDS), ANY_TEXT, ANY_TEXT, ANY_TEXT, st.floats(), st.integers(), st.decimals() | st.text(),
    st.lists(st.builds(Emote, st.text(max_size=120), st.integers(-5, 1300), st.integers(-5, 1300)), max_size=8),
)  # fmt: skip
def test_whatever_a_platform_sends_becomes_an_event(
    kind: Any, name: str, text: str, other: str, at: float, number: int, amount: Any, emotes: list[Emote]
) -> None:
    event = bounded(
        "push", kind, name, user_id=other, level=number, text=text, message_id=other, at=at, amount=amount,
        currency=other, gift=other, count=number, months=number, tier=other, color=other, emotes=emotes,
    )  # fmt: skip
    (event.author.name + event.text + event.gift + event.author.id).encode()


def test_a_retraction_covers_a_message_a_user_or_a_source() -> None:
    event = bounded("twitch", "chat", "a", user_id="7", message_id="m1")
    assert Retraction("twitch", message_id="m1").covers(event)
    assert Retraction("twitch", user_id="7").covers(event)
    assert Retraction("twitch", everything=True).covers(event)
    assert not Retraction("twitch", message_id="m2", user_id="8").covers(event)
    assert not Retraction("bilibili", message_id="m1", user_id="7", everything=True).covers(event)
    nobody = bounded("twitch", "chat", "a")
    assert not Retraction("twitch", message_id="m1").covers(nobody)
    assert not Retraction("twitch", user_id="7").covers(nobody)
    with pytest.raises(ValueError, match="names"):
        Retraction("twitch")
