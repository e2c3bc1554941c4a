"""What the items of YouTube's live chat API mean for a reader."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ishowtts.danmaku.event import Kind, Retraction, Role, bounded, identifier
from ishowtts.danmaku.sources.fields import money_of, number_of, object_of, text_of
from ishowtts.danmaku.sources.source import Item

SOURCE = "youtube"
ENDED = "chatEndedEvent"
_MICROS = 1_000_000
_ROLES: dict[str, Role] = {
    "isChatOwner": "broadcaster",
    "isChatModerator": "moderator",
    "isChatSponsor": "subscriber",
}
Data = Mapping[str, Any]


def kind_of(item: object) -> str:
    """YouTube's name for the type of an item."""
    return text_of(object_of(object_of(item).get("snippet")).get("type"))


def read(item: object) -> Item | None:
    """None for what is not for a reader."""
    data = object_of(item)
    snippet = object_of(data.get("snippet"))
    match kind_of(item):
        case "textMessageEvent":
            text = text_of(_details(snippet, "textMessage").get("messageText"))
            return _event(data, "chat", text) if text else None
        case "superChatEvent":
            about = _details(snippet, "superChat")
            return _event(data, "superchat", text_of(about.get("userComment")), paid=about)
        case "superStickerEvent":
            about = _details(snippet, "superSticker")
            sticker = text_of(object_of(about.get("superStickerMetadata")).get("altText"))
            return _event(data, "superchat", gift=sticker, paid=about)
        case "giftEvent":
            about = object_of(_details(snippet, "gift").get("giftMetadata")) or _details(snippet, "gift")
            name = text_of(about.get("giftName")) or text_of(about.get("altText"))
            return _event(data, "gift", gift=name, count=number_of(about.get("comboCount")))
        case "newSponsorEvent":
            return _event(data, "sub", tier=text_of(_details(snippet, "newSponsor").get("memberLevelName")))
        case "memberMilestoneChatEvent":
            about = _details(snippet, "memberMilestoneChat")
            return _event(
                data,
                "sub",
                text_of(about.get("userComment")),
                months=number_of(about.get("memberMonth")),
                tier=text_of(about.get("memberLevelName")),
            )
        case "membershipGiftingEvent":
            about = _details(snippet, "membershipGifting")
            count, tier = number_of(about.get("giftMembershipsCount")), text_of(about.get("giftMembershipsLevelName"))
            if count > 1:
                return _event(data, "sub", count=count, tier=tier)
            return _event(data, "gift", gift="membership", tier=tier)
        case "messageDeletedEvent":
            return _taken_back(text_of(_details(snippet, "messageDeleted").get("deletedMessageId")))
        case "messageRetractedEvent":
            return _taken_back(text_of(_details(snippet, "messageRetracted").get("retractedMessageId")))
        case "tombstone":
            return _taken_back(text_of(data.get("id")))
        case "userBannedEvent":
            user = object_of(_details(snippet, "userBanned").get("bannedUserDetails"))
            banned = text_of(user.get("channelId"))
            return Retraction(SOURCE, user_id=identifier(banned)) if banned else None
    return None


def _details(snippet: Data, name: str) -> Data:
    return object_of(snippet.get(f"{name}Details"))


def _taken_back(message_id: str) -> Retraction | None:
    return Retraction(SOURCE, message_id=identifier(message_id)) if message_id else None


def _event(
    data: Data,
    kind: Kind,
    text: str = "",
    *,
    paid: Data | None = None,
    gift: str = "",
    count: int = 1,
    months: int = 0,
    tier: str = "",
) -> Item:
    author, snippet = object_of(data.get("authorDetails")), object_of(data.get("snippet"))
    about = paid or {}
    # 64-bit numbers are strings in Google's JSON.
    amount = money_of(about.get("amountMicros"), _MICROS)
    return bounded(
        SOURCE,
        kind,
        text_of(author.get("displayName")).removeprefix("@"),
        user_id=text_of(author.get("channelId")) or text_of(snippet.get("authorChannelId")),
        roles=[role for name, role in _ROLES.items() if author.get(name) is True],
        text=text,
        message_id=text_of(data.get("id")),
        at=seconds_of(text_of(snippet.get("publishedAt"))),
        amount=amount,
        currency=text_of(about.get("currency")) if amount else "",
        gift=gift,
        count=count,
        months=months,
        tier=tier,
    )


def seconds_of(written: str) -> float:
    """Unix seconds of an RFC 3339 time; 0 for anything else."""
    try:
        moment = datetime.fromisoformat(written)
        seconds = moment.timestamp() if moment.tzinfo else 0.0
    except (ValueError, OverflowError):
        return 0.0
    return seconds if math.isfinite(seconds) and seconds > 0 else 0.0
