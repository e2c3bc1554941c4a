from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ishowtts.danmaku.event import ChatEvent, Retraction
from ishowtts.danmaku.sources.youtube_events import read, seconds_of
from tests.danmaku.sources.test_bilibili_events import anything

AUTHOR = {
    "channelId": "UC-1",
    "displayName": "@ann",
    "isVerified": False,
    "isChatOwner": False,
    "isChatSponsor": True,
    "isChatModerator": True,
}


def item(kind: str, message_id: str = "yt-1", /, **snippet: Any) -> dict[str, Any]:
    about = {"type": kind, "liveChatId": "c", "authorChannelId": "UC-1", "publishedAt": "2023-11-14T22:13:20.5+00:00"}
    return {"kind": "youtube#liveChatMessage", "id": message_id, "snippet": about | snippet, "authorDetails": AUTHOR}


def text(said: str, message_id: str = "yt-1") -> dict[str, Any]:
    return item("textMessageEvent", message_id, displayMessage=said, textMessageDetails={"messageText": said})


def event(kind: str, /, **snippet: Any) -> ChatEvent:
    got = read(item(kind, **snippet))
    assert isinstance(got, ChatEvent)
    return got


def test_a_message() -> None:
    got = read(text("hello :)"))
    assert isinstance(got, ChatEvent)
    assert (got.source, got.kind, got.text, got.message_id, got.at) == (
        "youtube",
        "chat",
        "hello :)",
        "yt-1",
        1.7e9 + 0.5,
    )
    assert (got.author.id, got.author.name) == ("UC-1", "ann")
    assert got.author.roles == {"moderator", "subscriber"}


@pytest.mark.parametrize("micros", ["5500000", 5500000])
def test_defect_9_amounts_are_strings_in_googles_json(micros: object) -> None:
    details = {
        "amountMicros": micros,
        "currency": "EUR",
        "amountDisplayString": "€5.50",
        "userComment": "hi",
        "tier": 3,
    }
    got = event("superChatEvent", superChatDetails=details)
    assert (got.kind, got.text, got.amount, got.currency) == ("superchat", "hi", Decimal("5.5"), "EUR")


def test_a_sticker_is_named() -> None:
    details = {
        "superStickerMetadata": {"stickerId": "s", "altText": "a waving cat", "language": "en"},
        "amountMicros": "1990000",
        "currency": "USD",
        "tier": 1,
    }
    got = event("superStickerEvent", superStickerDetails=details)
    assert (got.kind, got.text, got.gift, got.amount) == ("superchat", "", "a waving cat", Decimal("1.99"))


def test_members() -> None:
    new = event("newSponsorEvent", newSponsorDetails={"memberLevelName": "Gold", "isUpgrade": False})
    assert (new.kind, new.tier) == ("sub", "Gold")
    details = {"userComment": "still here", "memberMonth": 14, "memberLevelName": "Gold"}
    old = event("memberMilestoneChatEvent", memberMilestoneChatDetails=details)
    assert (old.kind, old.text, old.months, old.tier) == ("sub", "still here", 14, "Gold")
    details = {"giftMembershipsCount": 5, "giftMembershipsLevelName": "Gold"}
    gift = event("membershipGiftingEvent", membershipGiftingDetails=details)
    assert (gift.kind, gift.count, gift.tier) == ("sub", 5, "Gold")
    gift = event("membershipGiftingEvent", membershipGiftingDetails={"giftMembershipsCount": 1})
    assert (gift.kind, gift.gift, gift.count) == ("gift", "membership", 1)


def test_messages_that_are_taken_back() -> None:
    assert read(item("messageDeletedEvent", messageDeletedDetails={"deletedMessageId": "yt-9"})) == Retraction(
        "youtube", "yt-9"
    )
    assert read(item("tombstone", "yt-8")) == Retraction("youtube", "yt-8")
    details = {"bannedUserDetails": {"channelId": "UC-2", "displayName": "Bob"}, "banType": "permanent"}
    assert read(item("userBannedEvent", userBannedDetails=details)) == Retraction("youtube", user_id="UC-2")
    assert read(item("userBannedEvent")) is None
    assert read(item("messageDeletedEvent")) is None


@pytest.mark.parametrize(
    "other",
    [
        item("giftMembershipReceivedEvent"),
        item("pollEvent"),
        item("sponsorOnlyModeStartedEvent"),
        text(""),
        {},
        [],
        None,
        5,
    ],
)
def test_what_is_not_for_a_reader_is_nothing(other: object) -> None:
    assert read(other) is None


@pytest.mark.parametrize("written", ["", "junk", "2023-11-14", "2023-11-14T22:13:20", "0001-01-01T00:00:00Z", "9" * 99])
def test_a_time_that_is_none_is_0(written: str) -> None:
    assert seconds_of(written) == 0.0


KINDS = """
    textMessageEvent superChatEvent superStickerEvent giftEvent newSponsorEvent memberMilestoneChatEvent tombstone
    membershipGiftingEvent messageDeletedEvent messageRetractedEvent userBannedEvent
"""


@given(st.sampled_from(KINDS.split()), st.data())
def test_whatever_an_item_holds_it_is_an_event_within_bounds_or_none(kind: str, data: st.DataObject) -> None:
    name = kind.removesuffix("Event") + "Details"
    keys = st.sampled_from(["messageText", "amountMicros", "currency", "userComment", "memberMonth", "memberLevelName"])
    details = data.draw(st.dictionaries(keys, anything) | anything)
    got = read(
        item(kind, **{name: details, "publishedAt": data.draw(anything)}) | {"authorDetails": data.draw(anything)}
    )
    assert got is None or isinstance(got, ChatEvent | Retraction)
