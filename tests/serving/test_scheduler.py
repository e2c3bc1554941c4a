from __future__ import annotations

import pytest

from ishowtts.priority import Priority
from ishowtts.serving.claim import Claim, Sender
from ishowtts.serving.scheduler import Scheduler, Ticket
from tests.fakes import FakeState, fake_job


def ticket(
    id: str,
    *,
    arrived: float = 0.0,
    alone: bool = False,
    deadline: float | None = None,
    offset: float = 0.0,
    client: str = "local",
    priority: Priority = "normal",
) -> Ticket:
    claim = Claim(Sender(client), priority, seconds=1.0, offset=offset)
    return Ticket(fake_job(id), claim, deadline, alone, arrived)


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


def test_between_two_steps_a_segment_that_is_wanted_later_is_overtaken() -> None:
    running, short = ticket("r", arrived=0.0, offset=12.0), ticket("s", arrived=5.0)
    scheduler = filled(64, running, max_tokens=1)
    assert batch(scheduler) == "r"
    scheduler.submit(short)
    assert batch(scheduler) == "s"
    scheduler.submit(ticket("l", arrived=12.5))
    scheduler.remove(short)
    assert batch(scheduler) == "r", "by now it is wanted sooner than what comes later"


def test_a_running_job_is_not_overtaken_by_one_of_another_client_that_had_no_less() -> None:
    a, b = ticket("a", client="x"), ticket("b", client="y", arrived=1.0)
    scheduler = filled(64, a, max_tokens=1)
    assert batch(scheduler) == "a"
    scheduler.submit(b)
    assert batch(scheduler) == "a"


def test_a_more_urgent_class_goes_first_even_if_another_runs() -> None:
    scheduler = filled(64, ticket("n"), max_tokens=1)
    assert batch(scheduler) == "n"
    scheduler.submit(ticket("h", arrived=9.0, priority="high"))
    assert batch(scheduler) == "h"


def test_a_cancelled_job_is_charged_for_the_steps_it_had() -> None:
    greedy = ticket("g", client="greedy")
    scheduler = filled(
        64, greedy, ticket("a", client="greedy"), ticket("b", client="modest", arrived=1.0), max_tokens=1
    )
    batch(scheduler)
    assert isinstance(greedy.state, FakeState)
    greedy.state.steps_done = 3
    scheduler.remove(greedy)
    assert batch(scheduler) == "b"


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
