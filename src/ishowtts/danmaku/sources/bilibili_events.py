"""What Bilibili's commands mean for a reader, of the Open Live platform and of the web page's connection."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from ishowtts.danmaku.event import ChatEvent, Retraction, Role, bounded, identifier
from ishowtts.danmaku.sources.bilibili_gifts import read_gifts
from ishowtts.danmaku.sources.fields import item_of, money_of, number_of, object_of, text_of
from ishowtts.danmaku.sources.source import Item

SOURCE = "bilibili"
YUAN = "CNY"
_GUARDS = {1: "总督", 2: "提督", 3: "舰长"}
_PER_YUAN = 1000  # gold seeds
_MOST_RETRACTED = 100
Data = Mapping[str, Any]


def read(command: object) -> list[Item]:
    """The events of one decoded message; none for a command that is not for a reader, or that makes no sense."""
    message = object_of(command)
    # `DANMU_MSG:4:0:2:2:2:0` is a DANMU_MSG.
    name = text_of(message.get("cmd")).partition(":")[0]
    if name == "DANMU_MSG":
        return [event for event in (_web_chat(message),) if event]
    reader = _READERS.get(name)
    return reader(object_of(message.get("data"))) if reader else []


def _chat(data: Data) -> list[Item]:
    text = text_of(data.get("msg"))
    if not text:
        return []
    # A picture of one's own is written as its name in brackets.
    roles: set[Role] = {"moderator"} if number_of(data.get("is_admin")) else set()
    return [
        bounded(
            SOURCE,
            "chat",
            text_of(data.get("uname")),
            user_id=_open_id(data),
            roles=roles | _guard_role(data),
            level=_medal(data),
            text=text,
            message_id=text_of(data.get("msg_id")),
            at=number_of(data.get("timestamp")),
        )
    ]


def _gift(data: Data) -> list[Item]:
    price = number_of(data.get("r_price")) or number_of(data.get("price"))
    count = max(1, number_of(data.get("gift_num")))
    paid = data.get("paid") is True
    return [
        bounded(
            SOURCE,
            "gift",
            text_of(data.get("uname")),
            user_id=_open_id(data),
            roles=_guard_role(data),
            level=_medal(data),
            message_id=text_of(data.get("msg_id")),
            at=number_of(data.get("timestamp")),
            amount=_yuan(price * count) if paid else Decimal(0),
            currency=YUAN if paid and price > 0 else "",
            gift=text_of(data.get("gift_name")),
            count=count,
        )
    ]


def _super_chat(data: Data) -> list[Item]:
    amount = money_of(data.get("rmb"))
    return [
        bounded(
            SOURCE,
            "superchat",
            text_of(data.get("uname")),
            user_id=_open_id(data),
            roles=_guard_role(data),
            level=_medal(data),
            text=text_of(data.get("message")),
            message_id=_super_chat_id(data.get("message_id")) or text_of(data.get("msg_id")),
            at=number_of(data.get("timestamp")),
            amount=amount,
            currency=YUAN if amount else "",
        )
    ]


def _super_chat_removed(data: Data) -> list[Item]:
    return _retractions(data.get("message_ids"))


def _guard(data: Data) -> list[Item]:
    user = object_of(data.get("user_info"))
    return [
        bounded(
            SOURCE,
            "sub",
            text_of(user.get("uname")),
            user_id=_open_id(user),
            roles=["subscriber"],
            level=_medal(data),
            message_id=text_of(data.get("msg_id")),
            at=number_of(data.get("timestamp")),
            amount=_yuan(number_of(data.get("price"))),
            currency=YUAN if number_of(data.get("price")) > 0 else "",
            # Of another unit than months (`*3天`) the number says nothing.
            months=_months(data.get("guard_num")) if text_of(data.get("guard_unit")) in ("", "月") else 0,
            tier=_GUARDS.get(number_of(data.get("guard_level")), ""),
        )
    ]


def _like(data: Data) -> list[Item]:
    return [
        bounded(
            SOURCE,
            "like",
            text_of(data.get("uname")),
            user_id=_open_id(data),
            level=_medal(data),
            message_id=text_of(data.get("msg_id")),
            at=number_of(data.get("timestamp")),
            count=number_of(data.get("like_count")),
        )
    ]


def _enter(data: Data) -> list[Item]:
    return [
        bounded(
            SOURCE,
            "join",
            text_of(data.get("uname")),
            user_id=_open_id(data),
            message_id=text_of(data.get("msg_id")),
            at=number_of(data.get("timestamp")),
        )
    ]


def _web_chat(message: Data) -> ChatEvent | None:
    info = message.get("info")
    text = text_of(item_of(info, 1))
    if not text:
        return None
    roles: set[Role] = set()
    if number_of(item_of(info, 2, 2)):
        roles.add("moderator")
    if number_of(item_of(info, 7)):
        roles.add("subscriber")
    return bounded(
        SOURCE,
        "chat",
        text_of(item_of(info, 2, 1)),
        user_id=_web_id(item_of(info, 2, 0)),
        roles=roles,
        level=number_of(item_of(info, 3, 0)),
        text=text,
        message_id=_web_message_id(item_of(info, 0, 15)),
        at=number_of(item_of(info, 0, 4)) / 1000,
        color=_color(item_of(info, 0, 3)),
    )


def _web_gift(data: Data) -> list[Item]:
    paid = data.get("coin_type") == "gold" and number_of(data.get("total_coin")) > 0
    return [
        bounded(
            SOURCE,
            "gift",
            text_of(data.get("uname")),
            user_id=_web_id(data.get("uid")),
            roles=_guard_role(data),
            level=number_of(object_of(data.get("medal_info")).get("medal_level")),
            message_id=text_of(data.get("tid")) or text_of(data.get("rnd")),
            at=number_of(data.get("timestamp")),
            amount=_yuan(number_of(data.get("total_coin"))) if paid else Decimal(0),
            currency=YUAN if paid else "",
            gift=text_of(data.get("giftName")),
            count=number_of(data.get("num")),
        )
    ]


def _web_gifts(data: Data) -> list[Item]:
    sender, gifts = read_gifts(text_of(data.get("pb")))
    return [
        bounded(
            SOURCE,
            "gift",
            sender.name,
            user_id=_web_id(sender.uid),
            # What came out of one box shares a transaction.
            message_id=f"{gift.transaction}-{place}" if gift.transaction else "",
            at=gift.at,
            amount=_yuan(gift.price * gift.count) if gift.paid else 0,
            currency=YUAN if gift.paid and gift.price > 0 else "",
            gift=gift.name,
            count=gift.count,
        )
        for place, gift in enumerate(gifts)
    ]


def _web_super_chat(data: Data) -> list[Item]:
    user = object_of(data.get("user_info"))
    amount = money_of(data.get("price"))
    return [
        bounded(
            SOURCE,
            "superchat",
            text_of(user.get("uname")),
            user_id=_web_id(data.get("uid")),
            roles=_guard_role(user),
            level=number_of(object_of(data.get("medal_info")).get("medal_level")),
            text=text_of(data.get("message")),
            message_id=_super_chat_id(data.get("id")),
            at=number_of(data.get("start_time")),
            amount=amount,
            currency=YUAN if amount else "",
        )
    ]


def _web_super_chat_removed(data: Data) -> list[Item]:
    return _retractions(data.get("ids"))


def _web_guard(data: Data) -> list[Item]:
    amount = _yuan(number_of(data.get("price")) * max(1, number_of(data.get("num"))))
    return [
        bounded(
            SOURCE,
            "sub",
            text_of(data.get("username")),
            user_id=_web_id(data.get("uid")),
            roles=["subscriber"],
            at=number_of(data.get("start_time")),
            amount=amount,
            currency=YUAN if amount else "",
            months=_months(data.get("num")),
            tier=_GUARDS.get(number_of(data.get("guard_level")), ""),
        )
    ]


_READERS: dict[str, Callable[[Data], list[Item]]] = {
    "LIVE_OPEN_PLATFORM_DM": _chat,
    "LIVE_OPEN_PLATFORM_SEND_GIFT": _gift,
    "LIVE_OPEN_PLATFORM_SUPER_CHAT": _super_chat,
    "LIVE_OPEN_PLATFORM_SUPER_CHAT_DEL": _super_chat_removed,
    "LIVE_OPEN_PLATFORM_GUARD": _guard,
    "LIVE_OPEN_PLATFORM_LIKE": _like,
    "LIVE_OPEN_PLATFORM_LIVE_ROOM_ENTER": _enter,
    "SEND_GIFT": _web_gift,
    "SEND_GIFT_V2": _web_gifts,
    "SUPER_CHAT_MESSAGE": _web_super_chat,
    "SUPER_CHAT_MESSAGE_DELETE": _web_super_chat_removed,
    "GUARD_BUY": _web_guard,
}


def _months(bought: object) -> int:
    """One is what everybody buys, and not worth a word."""
    months = number_of(bought)
    return months if months > 1 else 0


def _retractions(ids: object) -> list[Item]:
    wanted = ids[:_MOST_RETRACTED] if isinstance(ids, list) else []
    return [Retraction(SOURCE, message_id=identifier(name)) for name in map(_super_chat_id, wanted) if name]


def _super_chat_id(value: object) -> str:
    """Numbers of their own, which must not meet the ids of other messages."""
    number = text_of(value)
    return f"sc-{number}" if number not in ("", "0") else ""


def _open_id(data: Data) -> str:
    return text_of(data.get("open_id")) or _web_id(data.get("uid"))


def _web_id(uid: object) -> str:
    """Empty for 0: so is everybody called to whom the platform does not tell names."""
    number = text_of(uid)
    return "" if number == "0" else number


def _web_message_id(mode: object) -> str:
    extra = object_of(mode).get("extra")
    if isinstance(extra, str):
        try:
            extra = json.loads(extra)
        except (ValueError, RecursionError):
            return ""
    return text_of(object_of(extra).get("id_str"))


def _medal(data: Data) -> int:
    """Of this room; one that is not worn does not count."""
    return number_of(data.get("fans_medal_level")) if data.get("fans_medal_wearing_status") is True else 0


def _guard_role(data: Data) -> set[Role]:
    return {"subscriber"} if number_of(data.get("guard_level")) else set()


def _yuan(seeds: int) -> Decimal | None:
    return money_of(seeds, _PER_YUAN)


def _color(value: object) -> str:
    number = number_of(value)
    return f"#{number:06x}" if 0 < number <= 0xFFFFFF else ""
