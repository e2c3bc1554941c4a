from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ishowtts.danmaku.event import ChatEvent, Retraction, bounded
from ishowtts.danmaku.merge import MOST_OPEN, GiftWindows, merged, times
from tests.danmaku.clock import Clock


def gift(name: str = "Ann", what: str = "rose", count: int = 1, **more: Any) -> ChatEvent:
    return bounded("bilibili", "gift", name, gift=what, count=count, **more)


def test_the_same_gift_of_the_same_user_is_one() -> None:
    both = merged(gift(count=2, amount=1, currency="CNY"), gift(count=3, amount="1.50", currency="CNY"))
    assert both is not None
    assert (both.count, both.amount) == (5, Decimal("2.50"))
    assert merged(gift(), gift("Bob")) is None
    assert merged(gift(), gift(what="car")) is None
    assert merged(gift(currency="CNY"), gift(currency="USD")) is None
    assert merged(bounded("a", "chat", "x"), bounded("a", "chat", "x")) is None


def test_a_window_ends_after_three_quiet_seconds() -> None:
    clock = Clock()
    windows = GiftWindows(clock)
    assert windows.add(gift()) == []
    clock.now += 2
    assert windows.add(gift(count=4)) == []
    clock.now += 2
    assert windows.due() == []
    assert windows.next_due() == clock.now + 1
    clock.now += 1
    (whole,) = windows.due()
    assert whole.event.count == 5
    assert len(whole.parts) == 2
    assert len(windows) == 0
    assert windows.next_due() is None


def test_a_window_never_lasts_longer_than_ten_seconds() -> None:
    clock = Clock()
    windows = GiftWindows(clock)
    done = []
    for _ in range(12):
        done += windows.add(gift())
        clock.now += 1
    assert [whole.event.count for whole in done] == [10]
    assert windows.flush()[0].event.count == 2


def test_without_windows_every_gift_is_at_once() -> None:
    windows = GiftWindows(Clock(), quiet=0)
    assert [whole.event.count for whole in windows.add(gift())] == [1]


def test_a_flood_of_gifts_is_bounded_and_none_is_lost() -> None:
    windows = GiftWindows(Clock())
    done = [whole for n in range(MOST_OPEN + 50) for whole in windows.add(gift(f"user{n}"))]
    assert len(done) == 50
    assert len(windows) == MOST_OPEN


def test_a_gift_that_is_taken_back() -> None:
    windows = GiftWindows(Clock())
    windows.add(gift(count=2, message_id="1"))
    windows.add(gift(count=3, message_id="2"))
    windows.add(gift("Bob", message_id="3"))
    assert [event.message_id for event in windows.retract(Retraction("bilibili", message_id="1"))] == ["1"]
    assert windows.retract(Retraction("bilibili", message_id="3"))
    assert [(whole.event.author.name, whole.event.count) for whole in windows.flush()] == [("Ann", 3)]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.integers(1, 5), st.floats(0, 6))))
def test_every_gift_comes_out_once(gifts: list[tuple[str, str, int, float]]) -> None:
    clock = Clock()
    windows = GiftWindows(clock)
    out = []
    for name, what, count, pause in gifts:
        out += windows.add(gift(name, what, count))
        clock.now += pause
    out += windows.flush()
    assert sum(whole.event.count for whole in out) == sum(count for _, _, count, _ in gifts)
    assert sum(len(whole.parts) for whole in out) == len(gifts)


def test_how_often_a_text_was_said_is_shown() -> None:
    assert (times("lol", 3), times("lol", 1)) == ("lol ×3", "lol")


def test_parts_of_a_user_are_taken_out_of_a_gift_that_is_not_complete() -> None:
    windows = GiftWindows(Clock())
    first = gift("Ann", "rose", 1)
    assert windows.first(first) is None
    windows.add(first)
    windows.add(gift("Bob", "rose", 2))
    assert windows.first(gift("Ann", "rose", 5)) is first
    assert windows.remove(lambda event: event.author.name == "Ann") == [first]
    assert [whole.event.author.name for whole in windows.flush()] == ["Bob"]
