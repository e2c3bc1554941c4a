from __future__ import annotations

import base64
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ishowtts.danmaku.event import ChatEvent, Retraction
from ishowtts.danmaku.sources.bilibili_events import _READERS, read

OPEN_USER = {
    "uname": "小明",
    "open_id": "o-42",
    "uid": 0,
    "guard_level": 3,
    "fans_medal_level": 21,
    "fans_medal_name": "官方",
    "fans_medal_wearing_status": True,
    "msg_id": "m-1",
    "room_id": 7,
    "timestamp": 1700000000,
}


def event(cmd: str, **fields: Any) -> ChatEvent:
    [item] = read({"cmd": cmd, **fields})
    assert isinstance(item, ChatEvent)
    return item


def opened(cmd: str, **data: Any) -> ChatEvent:
    return event(f"LIVE_OPEN_PLATFORM_{cmd}", data={**OPEN_USER, **data})


def danmu(text: str = "你好", uid: int = 42, name: str = "小明", medal: list[Any] | None = None, guard: int = 0) -> Any:
    """As the web page gets it."""
    extra = json.dumps({"id_str": "d-1", "content": text})
    about = [0, 1, 25, 16777215, 1700000000123, 1, 0, "abc", 0, 0, 0, "", 0, "{}", "{}", {"extra": extra}, {}]
    user = [uid, name, 0, 0, 0, 10000, 1, ""]
    return [
        about,
        text,
        user,
        medal or [],
        [5, 0, 1, ">50000"],
        ["", ""],
        0,
        guard,
        None,
        {},
        0,
        0,
        None,
        None,
        0,
        0,
        [0],
    ]


def test_a_message_of_the_open_platform() -> None:
    got = opened("DM", msg="你好，主播！")
    assert (got.source, got.kind, got.text, got.message_id, got.at) == (
        "bilibili",
        "chat",
        "你好，主播！",
        "m-1",
        1.7e9,
    )
    assert (got.author.id, got.author.name, got.author.level) == ("o-42", "小明", 21)
    assert got.author.roles == {"subscriber"}


def test_a_medal_that_is_not_worn_does_not_count() -> None:
    got = opened("DM", msg="x", fans_medal_wearing_status=False, guard_level=0, is_admin=1)
    assert (got.author.level, got.author.roles) == (0, {"moderator"})


def test_a_gift_that_was_paid_and_one_that_was_free() -> None:
    paid = opened("SEND_GIFT", gift_name="辣条", gift_num=3, price=2000, r_price=1500, paid=True)
    assert (paid.kind, paid.gift, paid.count, paid.amount, paid.currency) == ("gift", "辣条", 3, Decimal("4.5"), "CNY")
    free = opened("SEND_GIFT", gift_name="小心心", gift_num=5, price=100, r_price=100, paid=False)
    assert (free.count, free.amount, free.currency) == (5, 0, "")


def test_a_super_chat_is_taken_back_by_its_number() -> None:
    got = opened("SUPER_CHAT", message_id=123, message="请看", rmb=30)
    assert (got.kind, got.text, got.amount, got.currency) == ("superchat", "请看", Decimal(30), "CNY")
    gone = read({"cmd": "LIVE_OPEN_PLATFORM_SUPER_CHAT_DEL", "data": {"room_id": 7, "message_ids": [122, 123]}})
    assert all(isinstance(item, Retraction) for item in gone)
    assert [item.covers(got) for item in gone if isinstance(item, Retraction)] == [False, True]
    web = event(
        "SUPER_CHAT_MESSAGE", data={"id": 9, "uid": 1, "message": "hi", "price": 50, "user_info": {"uname": "A"}}
    )
    [gone_web] = read({"cmd": "SUPER_CHAT_MESSAGE_DELETE", "data": {"ids": [9]}, "roomid": 7})
    assert isinstance(gone_web, Retraction)
    assert gone_web.covers(web)


def test_an_endless_list_of_deletions_is_cut() -> None:
    assert len(read({"cmd": "SUPER_CHAT_MESSAGE_DELETE", "data": {"ids": list(range(1, 10_000))}})) == 100


def test_a_guard_of_the_open_platform() -> None:
    user = {"open_id": "o-9", "uname": "舰长"}
    got = opened("GUARD", user_info=user, guard_level=3, guard_num=2, guard_unit="月", price=138000)
    assert (got.kind, got.tier, got.months, got.count, got.amount) == ("sub", "舰长", 2, 1, Decimal(138))
    assert (got.author.id, got.author.name, got.author.roles) == ("o-9", "舰长", {"subscriber"})
    assert opened("GUARD", user_info=user, guard_level=1, guard_num=30, guard_unit="*3天").months == 0


def test_likes_and_who_comes_in() -> None:
    like = opened("LIKE", like_text="点赞了", like_count=12)
    assert (like.kind, like.count) == ("like", 12)
    assert opened("LIVE_ROOM_ENTER").kind == "join"


def test_a_message_of_the_web_page() -> None:
    got = event("DANMU_MSG:4:0:2:2:2:0", info=danmu("哈哈", medal=[21, "牌", "主播", 7, 0, ""], guard=2))
    assert (got.kind, got.text, got.message_id) == ("chat", "哈哈", "d-1")
    assert got.at == pytest.approx(1700000000.123)
    assert (got.author.id, got.author.level, got.author.roles, got.color) == ("42", 21, {"subscriber"}, "#ffffff")


def test_uid_0_is_nobody_and_two_of_them_are_not_one() -> None:
    one, other = (event("DANMU_MSG", info=danmu(uid=0, name=name)) for name in ("张***", "李***"))
    assert (one.author.id, one.author.name) == ("", "张***")
    assert one.user != other.user
    assert opened("DM", msg="x", open_id="", uid=0).author.id == ""
    assert opened("DM", msg="x", open_id="", uid=5).author.id == "5"


def test_a_gift_of_the_web_page() -> None:
    data = {"uid": 1, "uname": "A", "giftName": "辣条", "num": 2, "coin_type": "gold", "total_coin": 5200, "tid": "t-1"}
    paid = event("SEND_GIFT", data=data)
    assert (paid.count, paid.amount, paid.currency, paid.message_id) == (2, Decimal("5.2"), "CNY", "t-1")
    free = event("SEND_GIFT", data={**data, "coin_type": "silver"})
    assert (free.amount, free.currency) == (0, "")


def test_a_guard_of_the_web_page() -> None:
    got = event("GUARD_BUY", data={"uid": 1, "username": "A", "guard_level": 1, "num": 1, "price": 19998000})
    assert (got.kind, got.tier, got.amount, got.author.name) == ("sub", "总督", Decimal(19998), "A")


def field(number: int, value: int | bytes) -> bytes:
    """Of a protobuf message."""
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value
    return varint(number << 3) + varint(value)


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def gift_v2(name: str, count: int, price: int, coin: bytes = b"gold") -> bytes:
    numbers = field(1, 31160) + field(3, count) + field(4, 1) + field(5, price) + field(10, 1_700_000_000)
    skipped = varint(13 << 3 | 5) + b"\x00\x00\x80?" + varint(14 << 3 | 1) + bytes(8)
    return numbers + field(2, name.encode()) + field(8, coin) + skipped + field(9, b"t-1")


def test_gifts_of_the_web_page_in_their_new_form() -> None:
    gifts = field(10, gift_v2("小花花", 3, 100)) + field(10, gift_v2("辣条", 1, 0, b"silver"))
    pb = base64.b64encode(field(1, 42) + field(2, "小明".encode()) + field(3, b"http://x") + gifts).decode()
    paid, free = read({"cmd": "SEND_GIFT_V2", "data": {"pb": pb}})
    assert isinstance(paid, ChatEvent)
    assert isinstance(free, ChatEvent)
    assert (paid.kind, paid.gift, paid.count, paid.amount, paid.at) == ("gift", "小花花", 3, Decimal("0.3"), 1.7e9)
    assert (paid.author.id, paid.author.name, paid.message_id) == ("42", "小明", "t-1-0")
    assert free.message_id != paid.message_id
    assert (free.gift, free.amount, free.currency) == ("辣条", 0, "")
    assert len(read({"cmd": "SEND_GIFT_V2", "data": {"pb": base64.b64encode(field(10, b"") * 999).decode()}})) == 20


@pytest.mark.parametrize("pb", ["", "?", "A", "x" * 300_000, "/////////////w==", "UgU=", "Cw==", None, 5])
def test_gifts_that_cannot_be_read_are_none(pb: object) -> None:
    assert read({"cmd": "SEND_GIFT_V2", "data": {"pb": pb}}) == []


@given(st.binary(max_size=200), st.integers(0, 200))
def test_damaged_gifts_are_read_or_none(junk: bytes, at: int) -> None:
    whole = field(1, 42) + field(2, b"ann") + field(10, gift_v2("x", 3, 100)) * 2
    damaged = whole[:at] + junk + whole[at + len(junk) :]
    for item in read({"cmd": "SEND_GIFT_V2", "data": {"pb": base64.b64encode(damaged).decode()}}):
        assert isinstance(item, ChatEvent)


@pytest.mark.parametrize(
    "command",
    [
        {"cmd": "SOMETHING_NEW", "data": {}},
        {"cmd": "DANMU_MSG_MIRROR", "info": danmu()},
        {"cmd": "USER_TOAST_MSG", "data": {"uid": 1}},
        {"cmd": "LIVE_OPEN_PLATFORM_LIVE_START", "data": OPEN_USER},
        {"cmd": 5},
        {"cmd": None},
        {},
        [],
        None,
        "DANMU_MSG",
    ],
)
def test_what_is_not_for_a_reader_is_nothing(command: object) -> None:
    assert read(command) == []


plain = st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats() | st.text(max_size=20)
anything = st.recursive(plain, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner))
KEYS = """
    uname open_id uid guard_level fans_medal_level fans_medal_wearing_status msg_id timestamp msg is_admin gift_name
    gift_num price r_price paid message_id message rmb message_ids ids user_info guard_num guard_unit like_count
    medal_info coin_type total_coin giftName num tid id start_time username
"""


@given(st.sampled_from(list(_READERS)), st.dictionaries(st.sampled_from(KEYS.split()), anything))
def test_whatever_a_field_holds_it_is_an_event_within_bounds(cmd: str, data: dict[str, Any]) -> None:
    for item in read({"cmd": cmd, "data": data}):
        assert isinstance(item, ChatEvent | Retraction)


@given(st.lists(anything, max_size=18))
def test_whatever_a_web_message_holds(info: list[Any]) -> None:
    for item in read({"cmd": "DANMU_MSG", "info": info}):
        assert isinstance(item, ChatEvent)


@given(st.integers(0, 16), anything)
def test_a_web_message_with_one_strange_part(place: int, value: object) -> None:
    info = danmu()
    info[place] = value
    read({"cmd": "DANMU_MSG", "info": info})
