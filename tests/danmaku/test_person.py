from __future__ import annotations

from ishowtts.danmaku.event import Author
from ishowtts.danmaku.person import at_least, listed, rung


def test_each_rung_may_what_those_below_may() -> None:
    vip = Author("1", "a", frozenset({"vip", "follower"}))
    assert rung(vip) == 3
    assert at_least(vip, "everyone")
    assert at_least(vip, "subscribers")
    assert not at_least(vip, "moderators")
    assert at_least(Author("", ""), "everyone")
    assert at_least(Author("1", "a", frozenset({"broadcaster"})), "broadcaster")


def test_a_list_names_users_by_id_or_name() -> None:
    assert listed("twitch:12", "Ann", frozenset({"twitch:12"}))
    assert listed("twitch:12", "Ann", frozenset({"ann"}))
    assert listed("twitch:12", "Ann", frozenset({"twitch:@ann"}))
    assert not listed("bilibili:12", "Bo", frozenset({"twitch:12", "twitch:@bo"}))
