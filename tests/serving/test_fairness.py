from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts.priority import URGENCY, Priority
from ishowtts.serving.claim import Claim, Sender
from ishowtts.serving.fairness import Served, due, of_class, ranked


@dataclass(eq=False)
class Entry:
    claim: Claim
    arrived: float = 0.0
    deadline: float | None = None


def entry(
    client: str = "a",
    room: str = "",
    *,
    seconds: float = 1.0,
    offset: float = 0.0,
    arrived: float = 0.0,
    priority: Priority = "normal",
    deadline: float | None = None,
) -> Entry:
    return Entry(Claim(Sender(client, room), priority, seconds, offset), arrived, deadline)


def names(entries: list[Entry]) -> list[str]:
    return [f"{each.claim.sender.client}{each.claim.sender.room}" for each in entries]


ENTRIES = st.lists(
    st.builds(
        entry,
        st.sampled_from("abc"),
        st.sampled_from(["", "x", "y"]),
        seconds=st.floats(0.1, 10),
        offset=st.floats(0, 30),
        arrived=st.floats(0, 100),
        priority=st.sampled_from(["high", "normal", "low"]),
        deadline=st.none() | st.floats(0, 200),
    ),
    max_size=30,
)


@given(ENTRIES)
def test_every_entry_has_one_place_and_a_room_its_own_order(entries: list[Entry]) -> None:
    order = ranked(entries, {}, of_class(15.0))
    assert Counter(map(id, order)) == Counter(map(id, entries))
    for sender in {e.claim.sender for e in entries}:
        mine = [due(e) + 15.0 * URGENCY[e.claim.priority] for e in order if e.claim.sender == sender]
        assert mine == sorted(mine), "what is wanted sooner comes first, deadlines included"


def test_clients_take_turns_by_seconds_not_by_jobs() -> None:
    flood = [entry("f", seconds=1.0, arrived=i) for i in range(6)]
    slow = [entry("s", seconds=3.0, arrived=50 + i) for i in range(2)]
    assert names(ranked([*flood, *slow], {}, of_class(1e9))) == ["f", "s", "f", "f", "f", "s", "f", "f"]


def test_rooms_of_one_client_take_turns_and_do_not_gain_by_being_many() -> None:
    many = [entry("a", f"r{i}") for i in range(6)]
    one = [entry("b", arrived=1.0 + i) for i in range(3)]
    order = names(ranked([*many, *one], {}, of_class(1e9)))
    assert [name[0] for name in order[:6]] == ["a", "b", "a", "b", "a", "b"]
    rooms = [entry("a", "x", arrived=i) for i in range(4)] + [entry("a", "y", arrived=9)]
    assert names(ranked(rooms, {}, of_class(1e9))).index("ay") == 1


def test_inside_a_room_a_class_is_a_head_start_in_time() -> None:
    low, high = entry(priority="low", arrived=0.0), entry(priority="high", arrived=29.0)
    assert ranked([low, high], {}, of_class(15.0)) == [high, low]
    late = entry(priority="high", arrived=31.0)
    assert ranked([low, late], {}, of_class(15.0)) == [low, late]


def test_between_clients_a_class_is_a_head_start_in_sound() -> None:
    urgent = [entry("u", seconds=2.0, priority="high", arrived=9.0) for _ in range(10)]
    plain = [entry("p", seconds=2.0)]
    assert names(ranked([*plain, *urgent], {}, of_class(15.0))).index("p") == 8
    low = [entry("l", seconds=2.0, priority="low")]
    assert names(ranked([*low, *plain], {}, of_class(15.0))) == ["p", "l"]


def test_a_job_in_the_way_of_an_urgent_one_is_as_urgent() -> None:
    old, urgent = entry("a", priority="low", arrived=0.0), entry("a", priority="high", arrived=31.0)
    other = entry("b", arrived=1.0)
    assert ranked([old, urgent, other], {}, of_class(15.0)) == [old, urgent, other]


def test_waiting_behind_ones_own_flood_makes_nobody_urgent() -> None:
    flood = [entry("f", arrived=0.0) for _ in range(50)]
    fresh = entry("q", arrived=1000.0)
    assert ranked([*flood, fresh], {}, of_class(15.0)).index(fresh) == 1


def test_a_pause_saves_up_no_turns_and_wipes_out_no_debt() -> None:
    served, busy, idler = Served(), Sender("busy"), Sender("idler")
    served.join(busy, [])
    for _ in range(100):
        served.charge(busy, 1.0)
    served.join(idler, [busy])
    assert served["idler", None] == 99.0
    served.charge(idler, 5.0)
    served.forget([busy])
    served.join(idler, [busy])
    assert served["idler", None] == 104.0, "one job at a time is no way round the queue"
    served.forget([])
    assert not served


def test_a_newcomer_is_not_put_behind_by_what_a_more_urgent_class_was_given() -> None:
    served, urgent, plain, new = Served(), Sender("urgent"), Sender("plain"), Sender("new")
    served.join(plain, [])
    served.join(urgent, [plain])
    for _ in range(100):
        served.charge(urgent, 1.0)
    served.join(new, [plain, urgent])
    assert served["new", None] == served["plain", None] == 0.0


def test_what_is_remembered_is_bounded_by_who_is_ahead() -> None:
    served, steady = Served(), Sender("steady")
    served.join(steady, [])
    for n in range(1000):
        stranger = Sender(f"s{n}")
        served.join(stranger, [steady])
        served.charge(stranger, 1.0)
        served.forget([steady])
        served.charge(steady, 1.0)
        served.forget([steady])
    assert len(served) < 10


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 5))
def test_clients_that_always_have_work_get_like_shares(seed: int, clients: int) -> None:
    """Simulated: one job at a time; each client keeps its own number of jobs of its own lengths waiting."""
    rng = random.Random(seed)
    longest = [rng.uniform(0.5, 6) for _ in range(clients)]
    depth = [rng.choice([1, 2, 20]) for _ in range(clients)]
    served, waiting, got, now = Served(), [], defaultdict(float), 0.0
    for _ in range(400):
        for c in range(clients):
            while sum(e.claim.sender.client == str(c) for e in waiting) < depth[c]:
                new = entry(str(c), seconds=rng.uniform(0.3, longest[c]), arrived=now)
                served.join(new.claim.sender, [e.claim.sender for e in waiting])
                waiting.append(new)
        job = ranked(waiting, served, of_class(1e9))[0]
        waiting.remove(job)
        now += job.claim.seconds
        got[job.claim.sender.client] += job.claim.seconds
        served.charge(job.claim.sender, job.claim.seconds)
        served.forget(e.claim.sender for e in waiting)
    assert max(got.values()) - min(got.values()) <= 3 * max(longest)


def test_nothing_starves_under_an_endless_flood_of_urgent_work() -> None:
    served, now = Served(), 0.0
    patient = entry("poor", priority="low")
    waiting = [patient]
    served.join(patient.claim.sender, [])
    while patient in waiting:
        new = entry("rich", seconds=1.0, arrived=now, priority="high")
        served.join(new.claim.sender, [e.claim.sender for e in waiting])
        waiting.append(new)
        job = ranked(waiting, served, of_class(15.0))[0]
        waiting.remove(job)
        served.charge(job.claim.sender, job.claim.seconds)
        served.forget(e.claim.sender for e in waiting)
        now += 1.0
        assert now < 40.0, "two classes and a turn"


@pytest.mark.parametrize("offset", [0.0, 5.0])
def test_due_is_when_the_sound_is_wanted(offset: float) -> None:
    assert due(entry(arrived=10.0, offset=offset)) == 10.0 + offset
    assert due(entry(arrived=10.0, offset=offset, deadline=11.0)) == min(11.0, 10.0 + offset)
