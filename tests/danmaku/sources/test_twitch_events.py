from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ishowtts.danmaku.event import ChatEvent, Emote, Retraction
from ishowtts.danmaku.sources.irc import Line, parse
from ishowtts.danmaku.sources.source import Item
from ishowtts.danmaku.sources.twitch_events import TwitchEvents, emotes_in, without_cheers

TAGS = (
    "badge-info=subscriber/14;badges=moderator/1,subscriber/12;color=#1E90FF;display-name=Ann;id=m-1;room-id=7;"
    "tmi-sent-ts=1700000000123;user-id=42"
)


def read(line: str, reader: TwitchEvents | None = None) -> Item | None:
    parsed = parse(line)
    assert parsed is not None
    return (reader or TwitchEvents()).read(parsed)


def event(line: str, reader: TwitchEvents | None = None) -> ChatEvent:
    item = read(line, reader)
    assert isinstance(item, ChatEvent)
    return item


def said(text: str, tags: str = TAGS) -> ChatEvent:
    return event(f"@{tags} :ann!ann@ann.tmi.twitch.tv PRIVMSG #chan :{text}")


def notice(kind: str, params: str = "", text: str | None = None, reader: TwitchEvents | None = None) -> Item | None:
    end = "" if text is None else f" :{text}"
    tags = f"{TAGS};login=ann;msg-id={kind};system-msg=Ann\\sdid\\ssomething;{params}"
    return read(f"@{tags} :tmi.twitch.tv USERNOTICE #chan{end}", reader)


def test_a_message() -> None:
    got = said("你好 :) all")
    assert (got.source, got.kind, got.text, got.message_id) == ("twitch", "chat", "你好 :) all", "m-1")
    assert (got.author.id, got.author.name, got.author.level) == ("42", "Ann", 14)
    assert got.author.roles == {"moderator", "subscriber"}
    assert got.at == pytest.approx(1700000000.123)
    assert got.color == "#1e90ff"


def test_without_tags_the_nick_is_the_name() -> None:
    got = event(":bob!bob@bob.tmi.twitch.tv PRIVMSG #chan :hi")
    assert (got.author.name, got.author.id, got.message_id, got.at) == ("bob", "", "", 0.0)


def test_me_is_what_was_typed_after_it() -> None:
    got = said("\x01ACTION waves Kappa\x01", TAGS + ";emotes=25:6-10")
    assert got.text == "waves Kappa"
    assert got.emotes == (Emote("Kappa", 6, 11),)


def test_emotes_are_counted_in_code_points() -> None:
    got = said("😀😀 Kappa 👨‍👩‍👧 LUL Kappa", TAGS + ";emotes=425618:15-17/25:3-7,19-23")
    assert [(e.name, got.text[e.start : e.end]) for e in got.emotes] == [
        ("Kappa", "Kappa"),
        ("LUL", "LUL"),
        ("Kappa",) * 2,
    ]


@given(st.text("0123456789-,:/ab ", max_size=60), st.text(max_size=20))
def test_any_emotes_tag_stays_within_the_text(tag: str, text: str) -> None:
    for emote in emotes_in(tag, text):
        assert text[emote.start : emote.end] == emote.name != ""


def test_an_endless_emotes_tag_costs_little() -> None:
    assert len(list(emotes_in("25:" + ",".join(["0-0"] * 5000), "x"))) <= 500


def test_bits_are_an_amount_and_their_words_go() -> None:
    got = said("Cheer100 great Kappa show cheer50", TAGS + ";bits=150;emotes=25:15-19")
    assert (got.kind, got.amount, got.currency, got.text) == ("bits", Decimal(150), "", "great Kappa show")
    assert [got.text[e.start : e.end] for e in got.emotes] == ["Kappa"]
    assert said("Cheer100", TAGS + ";bits=100").text == ""


def test_words_that_only_look_like_bits_stay() -> None:
    assert without_cheers("covid19 Cheer100", 100) == "covid19 Cheer100"
    assert without_cheers("100 a100b", 100) == "100 a100b"


@pytest.mark.parametrize(
    ("kind", "params", "months", "tier"),
    [
        ("sub", "msg-param-cumulative-months=1;msg-param-sub-plan=Prime", 1, "Prime"),
        ("resub", "msg-param-cumulative-months=30;msg-param-sub-plan=3000", 30, "tier 3"),
        ("giftpaidupgrade", "msg-param-sender-login=bob", 0, ""),
    ],
)
def test_subscriptions(kind: str, params: str, months: int, tier: str) -> None:
    got = notice(kind, params, "thanks")
    assert isinstance(got, ChatEvent)
    assert (got.kind, got.months, got.tier, got.text, got.author.name) == ("sub", months, tier, "thanks", "Ann")
    without = notice(kind, params)
    assert isinstance(without, ChatEvent)
    assert without.text == ""


def test_a_gifted_bundle_is_told_once() -> None:
    reader = TwitchEvents()
    bundle = "msg-param-community-gift-id=99;msg-param-sub-plan=1000"
    whole = notice("submysterygift", f"{bundle};msg-param-mass-gift-count=5", reader=reader)
    assert isinstance(whole, ChatEvent)
    assert (whole.kind, whole.count, whole.tier) == ("sub", 5, "")
    assert all(notice("subgift", bundle, reader=reader) is None for _ in range(5))
    single = notice("subgift", "msg-param-community-gift-id=100;msg-param-sub-plan=1000", reader=reader)
    assert isinstance(single, ChatEvent)
    assert (single.kind, single.gift, single.count) == ("gift", "subscription", 1)
    for number in range(1000):
        notice("submysterygift", f"msg-param-origin-id={number}", reader=reader)
    assert len(reader._bundles) <= 64


def test_a_raid_and_an_announcement() -> None:
    raid = notice("raid", "msg-param-viewerCount=1234;msg-param-displayName=Ann")
    assert isinstance(raid, ChatEvent)
    assert (raid.kind, raid.count) == ("raid", 1234)
    told = notice("announcement", "msg-param-color=PRIMARY", "read the rules")
    assert isinstance(told, ChatEvent)
    assert (told.kind, told.text) == ("chat", "read the rules")


def test_a_notice_nobody_knows_is_its_text_or_nothing() -> None:
    assert notice("viewermilestone", "msg-param-value=5") is None
    got = notice("newthing", "", "hello")
    assert isinstance(got, ChatEvent)
    assert (got.kind, got.text) == ("chat", "hello")


def test_messages_that_are_taken_back() -> None:
    assert read("@login=ann;target-msg-id=m-1 :tmi.twitch.tv CLEARMSG #chan :bad") == Retraction("twitch", "m-1")
    banned = read("@ban-duration=600;room-id=7;target-user-id=42 :tmi.twitch.tv CLEARCHAT #chan :ann")
    assert banned == Retraction("twitch", user_id="42")
    assert read("@room-id=7 :tmi.twitch.tv CLEARCHAT #chan") == Retraction("twitch", everything=True)


def test_a_ban_without_an_id_does_not_clear_everything() -> None:
    assert read("@room-id=7 :tmi.twitch.tv CLEARCHAT #chan :ann") is None
    assert read("@login=ann :tmi.twitch.tv CLEARMSG #chan :bad") is None


@pytest.mark.parametrize("command", ["PRIVMSG", "USERNOTICE"])
def test_another_channel_of_a_shared_chat_is_not_read(command: str) -> None:
    tags = TAGS + ";source-room-id=8;source-id=o-1;msg-id=sharedchatnotice;source-msg-id=announcement"
    line = f"@{tags} :ann!ann@ann {command} #chan :hello"
    assert read(line) is None
    assert event(line, TwitchEvents(shared_chat=True)).text == "hello"
    assert event(line.replace("source-room-id=8", "source-room-id=7")).text == "hello"


@pytest.mark.parametrize(
    "command", ["001", "JOIN", "PART", "ROOMSTATE", "USERSTATE", "HOSTTARGET", "NOTICE", "WHISPER"]
)
def test_other_lines_are_not_for_a_reader(command: str) -> None:
    assert read(f"@{TAGS} :tmi.twitch.tv {command} #chan :text") is None


TAG_NAMES = """
    badges badge-info bits color display-name emotes id login msg-id msg-param-cumulative-months msg-param-sub-plan mod
    msg-param-mass-gift-count msg-param-viewerCount msg-param-origin-id tmi-sent-ts user-id target-msg-id
    target-user-id room-id
"""
tag = st.sampled_from(TAG_NAMES.split())
value = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["sub", "subgift", "raid", "-1", "9" * 400, "1e9", "#zzzzzz", "1000", "٣", "0-9999999"]),
)


@given(
    st.sampled_from(["PRIVMSG", "USERNOTICE", "CLEARMSG", "CLEARCHAT"]),
    st.lists(st.text(max_size=2000), max_size=3),
    st.dictionaries(tag, value),
)
def test_whatever_is_sent_becomes_an_event_within_bounds_or_none(
    command: str, params: list[str], tags: dict[str, str]
) -> None:
    item = TwitchEvents().read(Line(command, tuple(params), "a!b@c", tags))
    assert item is None or isinstance(item, ChatEvent | Retraction)
