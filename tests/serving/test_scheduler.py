from __future__ import annotations

import pytest

from ishowtts.serving.scheduler import Scheduler, Ticket
from tests.fakes import fake_job


def ticket(id: str, *, deadline: float | None = None, alone: bool = False) -> Ticket:
    return Ticket(fake_job(id), deadline, alone)


def batch(scheduler: Scheduler) -> str:
    return "".join(ticket.job.id for ticket in scheduler.next_batch())


def filled(max_active: int, *tickets: Ticket) -> Scheduler:
    scheduler = Scheduler(max_active)
    for each in tickets:
        scheduler.submit(each)
    return scheduler


def test_first_come_first_served_up_to_max_active() -> None:
    first = ticket("a")
    scheduler = filled(2, first, ticket("b"), ticket("c"))
    assert batch(scheduler) == "ab"
    assert batch(scheduler) == "ab"
    scheduler.remove(first)
    assert batch(scheduler) == "bc"


def test_at_least_one_job_is_active() -> None:
    assert batch(filled(0, ticket("a"), ticket("b"))) == "a"


def test_a_job_that_must_be_alone_has_no_company_and_is_not_overtaken() -> None:
    a, b, c = ticket("a"), ticket("b", alone=True), ticket("c")
    scheduler = filled(4, a, b, c)
    assert batch(scheduler) == "a"
    scheduler.remove(a)
    assert batch(scheduler) == "b"
    scheduler.remove(b)
    assert batch(scheduler) == "c"


def test_find_and_remove_both_active_and_waiting() -> None:
    scheduler = filled(1, ticket("a"), ticket("b"))
    scheduler.next_batch()
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
    scheduler = Scheduler(1)
    assert scheduler.idle
    only = ticket("a")
    scheduler.submit(only)
    assert not scheduler.idle
    scheduler.next_batch()
    assert not scheduler.idle
    scheduler.remove(only)
    assert scheduler.idle
