from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from ishowtts.danmaku.queue import KEPT, RANKS, STALE_SECONDS, PlayQueue, Rank


@dataclass(eq=False)
class Item:
    name: str
    rank: Rank = "chat"
    arrived: float = 0.0


def filled(*items: Item, cap: int = 30) -> PlayQueue[Item]:
    queue: PlayQueue[Item] = PlayQueue(cap)
    for item in items:
        assert queue.push(item) is None
    return queue


def read(queue: PlayQueue[Item], now: float = 0.0) -> str:
    names = ""
    while (item := queue.pop(now)[0]) is not None:
        names += item.name
    return names


def test_ranks_go_before_arrival_and_arrival_decides_inside_a_rank() -> None:
    items = [Item("c"), Item("d"), Item("m", "mention"), Item("b", "member"), Item("p", "paid"), Item("s", "system")]
    assert read(filled(*items)) == "spbmcd"


def test_every_fourth_turn_is_for_the_others_while_paid_ones_flood() -> None:
    queue = filled(*(Item("p", "paid") for _ in range(9)), Item("c"), Item("d"))
    assert read(queue) == "pppcpppdppp"


def test_a_flood_of_paid_ones_leaves_some_places_and_their_turns_to_the_others() -> None:
    queue: PlayQueue[Item] = PlayQueue(cap=8)
    for name in "cdefghij":
        assert queue.push(Item(name)) is None
    lost = [queue.push(Item("p", "paid")) for _ in range(12)]
    assert "".join(each.item.name for each in lost if each) == "cdefgh"
    late = queue.push(Item("k"))
    assert late is not None
    assert (late.item.name, late.reason) == ("i", "evicted")
    assert read(queue) == "pppjpppkpppppp"


def test_members_and_mentions_do_not_silence_those_below_them_either() -> None:
    queue = filled(*(Item("b", "member") for _ in range(7)), *(Item("m", "mention") for _ in range(4)), Item("c"))
    assert read(queue) == "bbbmbbbmbmcm"
    queue = filled(*(Item("p", "paid") for _ in range(9)), *(Item("b", "member") for _ in range(4)), Item("c"))
    assert read(queue) == "pppbpppbpppbcb"


def test_while_only_the_newest_is_read_members_are_not_kept_waiting_for_a_minute() -> None:
    ages = {"a": 0.0, "b": 5.0, "c": 18.0, "d": 24.0}
    queue = filled(*(Item(name, "member", at) for name, at in ages.items()), Item("m", "mention"), Item("p", "paid"))
    item, lost = queue.pop(26.0, newest_only=True)
    assert item is not None
    assert item.name == "p"
    assert [(each.item.name, each.reason) for each in lost] == [("a", "backlog"), ("b", "backlog")]
    assert read(queue, 26.0) == "cdm", "the newest of a rank stays, however old"


def test_a_full_queue_gives_up_the_oldest_of_the_least() -> None:
    queue = filled(Item("a"), Item("b"), Item("m", "member"), cap=3)
    lost = queue.push(Item("c"))
    assert (lost and lost.item.name, lost and lost.reason) == ("a", "evicted")
    lost = queue.push(Item("n", "mention"))
    assert lost is not None
    assert lost.item.name == "b"
    assert read(queue) == "mnc"


def test_paid_is_never_given_up_for_chat_nor_for_paid() -> None:
    queue: PlayQueue[Item] = PlayQueue(cap=2, cap_kept=3)
    for name in "pqr":
        assert queue.push(Item(name, "paid")) is None
    for late in (Item("c"), Item("x", "paid")):
        lost = queue.push(late)
        assert lost is not None
        assert (lost.item, lost.reason) == (late, "full")
    assert read(queue) == "pqr"


def test_what_is_lower_than_all_that_waits_is_not_taken_in() -> None:
    queue = filled(Item("m", "member"), Item("n", "member"), cap=2)
    late = Item("c")
    lost = queue.push(late)
    assert lost is not None
    assert (lost.item, lost.reason) == (late, "full")


def test_nothing_stale_is_read() -> None:
    queue = filled(Item("c"), Item("d", arrived=20.0), Item("p", "paid"))
    item, lost = queue.pop(31.0)
    assert item is not None
    assert item.name == "p"
    assert [(each.item.name, each.reason) for each in lost] == [("c", "stale")]
    assert read(queue, 31.0) == "d"


def test_in_a_backlog_only_the_newest_of_chat_is_read() -> None:
    queue = filled(Item("a"), Item("b"), Item("c"), Item("m", "member"))
    item, lost = queue.pop(0.0, newest_only=True)
    assert item is not None
    assert item.name == "m"
    assert [(each.item.name, each.reason) for each in lost] == [("a", "backlog"), ("b", "backlog")]
    assert read(queue) == "c"


def test_what_is_retracted_is_taken_out_and_what_was_not_read_goes_back() -> None:
    queue = filled(Item("a"), Item("b"), Item("p", "paid"))
    assert [item.name for item in queue.remove(lambda item: item.name in "bp")] == ["p", "b"]
    assert queue.find(lambda item: item.name == "b") is None
    first, _ = queue.pop(0.0)
    assert first is not None
    queue.push(Item("z"))
    queue.restore(first)
    assert read(queue) == "az"


@given(
    st.lists(st.tuples(st.sampled_from(RANKS), st.floats(0, 60), st.booleans()), max_size=80),
    st.integers(1, 10),
)
def test_everything_that_came_is_accounted_for_once(ops: list[tuple[Rank, float, bool]], cap: int) -> None:
    queue: PlayQueue[Item] = PlayQueue(cap, cap_kept=20)
    now, came, gone = 0.0, [], []
    for rank, gap, pop in ops:
        now += gap
        item = Item(str(len(came)), rank, now)
        came.append(item)
        if lost := queue.push(item):
            gone.append(lost.item)
            assert lost.reason == "full" or lost.item.rank not in KEPT
        if pop:
            taken, stale = queue.pop(now)
            gone += [each.item for each in stale]
            if taken:
                assert now - taken.arrived <= STALE_SECONDS[taken.rank]
                gone.append(taken)
        assert sum(item.rank not in KEPT for item in queue.items()) <= cap
        assert len(queue) <= max(cap, 20)
    assert Counter(map(id, [*gone, *queue.items()])) == Counter(map(id, came))
