from __future__ import annotations

from dataclasses import replace

import pytest

from ishowtts.serving.scheduler import Scheduler, Ticket
from tests.fakes import FakeState, fake_job


def ticket(
    id: str, *, arrived: float = 0.0, alone: bool = False, deadline: float | None = None, opening: bool = False
) -> Ticket:
    return Ticket(replace(fake_job(id), opening=opening), deadline, alone, arrived)


def filled(max_active: int, *tickets: Ticket, max_tokens: int = 1000) -> Scheduler:
    scheduler = Scheduler(max_active, max_tokens)
    for each in tickets:
        scheduler.submit(each)
    return scheduler


def batch(scheduler: Scheduler, cost: int = 1) -> str:
    """Ids of the next batch to be stepped, after all that has to be opened for it is open."""
    while (tickets := scheduler.next_batch()) and tickets[-1].state is None:
        tickets[-1].state = FakeState(tickets[-1].job, cost=cost)
    return "".join(each.job.id for each in tickets)


def test_first_come_first_served_up_to_max_active() -> None:
    first = ticket("a")
    scheduler = filled(2, first, ticket("b"), ticket("c"))
    assert batch(scheduler) == "ab"
    assert batch(scheduler) == "ab"
    scheduler.remove(first)
    assert batch(scheduler) == "bc"


def test_at_least_one_job_is_active() -> None:
    assert batch(filled(0, ticket("a"), ticket("b"))) == "a"


def test_jobs_are_added_until_a_step_is_worth_its_while_and_none_is_opened_before_that() -> None:
    scheduler = filled(64, *map(ticket, "abcde"), max_tokens=100)
    assert batch(scheduler, cost=40) == "abc"
    assert [each.job.id for each in scheduler if each.state is None] == ["d", "e"]
    assert batch(filled(64, *map(ticket, "ab"), max_tokens=100), cost=500) == "a", "at least one, whatever it costs"


def test_a_first_segment_has_a_head_start_and_no_more() -> None:
    old, newer, newest = ticket("o", arrived=0.0), ticket("n", arrived=9.0), ticket("x", arrived=10.0, opening=True)
    scheduler = filled(64, old, newer, max_tokens=1)
    assert batch(scheduler) == "o"
    scheduler.submit(newest)
    scheduler.remove(old)
    assert batch(scheduler) == "x", "between two steps it overtakes one that came less than two seconds before it"
    late = ticket("l", arrived=11.5, opening=True)
    scheduler.submit(late)
    scheduler.remove(newest)
    assert batch(scheduler) == "n"


def test_one_that_cannot_be_opened_now_keeps_no_open_one_from_its_step() -> None:
    a, b = ticket("a", arrived=5.0), ticket("b", arrived=5.0)
    scheduler = filled(2, a, b)
    assert batch(scheduler) == "ab"
    scheduler.submit(ticket("c", arrived=4.0))
    assert batch(scheduler) == "ab"
    scheduler.remove(a)
    assert batch(scheduler) == "cb"


def test_a_job_that_must_be_alone_has_no_company_and_is_not_overtaken() -> None:
    a, b, c = ticket("a"), ticket("b", alone=True), ticket("c")
    scheduler = filled(4, a, b, c)
    assert batch(scheduler) == "a"
    scheduler.remove(a)
    assert batch(scheduler) == "b"
    scheduler.remove(b)
    assert batch(scheduler) == "c"


def test_finished_jobs_are_found_wherever_they_stand() -> None:
    a, b = ticket("a"), ticket("b", arrived=1.0)
    scheduler = filled(4, a, b, max_tokens=1)
    b.state = FakeState(b.job, steps_done=b.job.sampling.nfe_step)
    assert batch(scheduler) == "a"
    assert scheduler.finished == [b]


def test_find_and_remove_both_active_and_waiting() -> None:
    scheduler = filled(1, ticket("a"), ticket("b"))
    batch(scheduler)
    for id in "ab":
        found = scheduler.find(id)
        assert found is not None
        scheduler.remove(found)
        assert scheduler.find(id) is None
    assert scheduler.idle
    with pytest.raises(ValueError, match="not in"):
        scheduler.remove(ticket("a"))


def test_expired_are_those_whose_deadline_has_passed() -> None:
    scheduler = filled(1, ticket("a", deadline=10.0), ticket("b", deadline=20.0), ticket("c"))
    scheduler.next_batch()
    assert [each.job.id for each in scheduler.expired(9.9)] == []
    assert [each.job.id for each in scheduler.expired(10.0)] == ["a"]
    assert [each.job.id for each in scheduler.expired(99.0)] == ["a", "b"]


def test_idle_only_without_any_job() -> None:
    scheduler = Scheduler(1, 1000)
    assert scheduler.idle
    only = ticket("a")
    scheduler.submit(only)
    assert not scheduler.idle
    scheduler.next_batch()
    assert not scheduler.idle
    scheduler.remove(only)
    assert scheduler.idle
