from __future__ import annotations

import random
from dataclasses import dataclass

import pytest

from ishowtts.errors import QueueFull
from ishowtts.serving.admission import LONGEST, Admission
from ishowtts.serving.claim import Claim, Sender
from ishowtts.serving.fairness import of_class, ranked


@dataclass(eq=False)
class Inside:
    claim: Claim
    arrived: float = 0.0
    deadline: float | None = None


class Door:
    """An admission, a clock, and a server behind it that makes one second of sound a second."""

    def __init__(self, max_jobs: int = 1000, max_wait: float = 10.0) -> None:
        self.now = 100.0
        self.admission = Admission(max_jobs, max_wait, 1e9, clock=lambda: self.now)
        self.inside: list[Inside] = []

    def ask(self, client: str = "c", *seconds: float, key: int | None = None) -> int:
        """0 when it was taken, else the seconds told."""
        claims = [Claim(Sender(client), "normal", s, sum(seconds[:i])) for i, s in enumerate(seconds or (1.0,))]
        try:
            self.admission.check(claims, self.inside, rate=1.0, key=key)
        except QueueFull as refused:
            return int(refused.retry_after or -1)
        self.inside += [Inside(claim, self.now) for claim in claims]
        return 0

    def work(self, seconds: float) -> None:
        self.now += seconds
        while seconds > 0 and self.inside:
            first = ranked(self.inside, {}, of_class(1e9))[0]
            if first.claim.seconds > seconds:
                left = Claim(first.claim.sender, "normal", first.claim.seconds - seconds, first.claim.offset)
                self.inside[self.inside.index(first)] = Inside(left, first.arrived)
                return
            seconds -= first.claim.seconds
            self.inside.remove(first)


def test_a_wait_that_is_too_long_is_refused_and_the_time_told_is_true() -> None:
    door = Door(max_wait=10.0)
    taken = 0
    while not (told := door.ask(key=taken)):
        taken += 1
    assert 9 <= taken <= 12
    assert 1 <= told <= 5
    door.work(told)
    assert door.ask(key=taken) == 0


def test_who_comes_too_early_is_told_the_time_that_is_left() -> None:
    door = Door(max_wait=10.0)
    while not (told := door.ask(key=1)):
        pass
    first = told
    while told < first + 4:
        told = door.ask(key=1000 + told)
    door.work(1.0)
    assert first - 2 <= door.ask(key=1) <= first


def test_a_booking_goes_before_newcomers_and_only_for_who_made_it() -> None:
    door = Door(max_wait=10.0)
    while not (told := door.ask(key=1)):
        pass
    for stranger in range(50):
        door.ask(key=100 + stranger)
    door.work(told)
    assert door.ask(key=999) > 0, "a newcomer waits behind those who booked"
    assert door.ask(key=1) == 0


def test_newcomers_are_taken_where_nobody_comes_back() -> None:
    door = Door(max_wait=10.0)
    for n in range(100):
        door.ask(key=n)
    door.work(60.0)
    assert door.ask(key=500) == 0


@pytest.mark.parametrize("load", [1.5, 3.0])
def test_under_constant_overload_the_median_refused_client_is_told_the_truth(load: float) -> None:
    """Everybody who is refused comes back when told. Simulated for ten minutes."""
    door, rng = Door(max_wait=10.0), random.Random(7)
    came: dict[int, float] = {}
    first_told: dict[int, int] = {}
    ratios: list[float] = []
    again: list[tuple[float, int, float]] = []
    arrival, number = door.now, 0
    while door.now < 700.0:
        again.sort()
        if again and again[0][0] <= arrival:
            at, key, seconds = again.pop(0)
        else:
            at, key, seconds = arrival, (number := number + 1), rng.uniform(1, 4)
            arrival += rng.expovariate(load / 2.5)
            came[key] = at
        door.work(max(0.0, at - door.now))
        told = door.ask(f"client {key}", seconds, key=key)
        if told:
            first_told.setdefault(key, told)
            if told < LONGEST:
                again.append((door.now + told + rng.uniform(0, 0.2), key, seconds))
        elif key in first_told:
            ratios.append((door.now - came[key]) / first_told[key])
    ratios.sort()
    assert len(ratios) > 50
    assert 0.5 <= ratios[len(ratios) // 2] <= 1.5
    assert ratios[len(ratios) // 10] >= 0.5
    assert ratios[9 * len(ratios) // 10] <= 1.5
    assert sum(each.claim.seconds for each in door.inside) < 25.0, "and what is inside stays bounded"


def test_a_flood_is_refused_while_another_client_is_taken() -> None:
    door = Door(max_wait=10.0)
    while not door.ask("flood"):
        pass
    assert door.ask("flood") > 0
    assert door.ask("quiet") == 0


def test_a_flood_cannot_have_every_place() -> None:
    door = Door(max_jobs=16, max_wait=1e6)
    while not door.ask("flood"):
        pass
    assert len(door.inside) == 12
    assert door.ask("quiet") == 0


def test_all_of_a_text_or_none() -> None:
    door = Door(max_jobs=4, max_wait=1e6)
    assert door.ask("c", 1.0, 1.0, 1.0, 1.0) == 0
    door.inside.pop()
    assert door.ask("d", 1.0, 1.0) > 0
    assert len(door.inside) == 3


def test_a_long_text_keeps_out_nobody_who_wants_sooner() -> None:
    door = Door(max_wait=10.0)
    assert door.ask("c", *[6.0] * 20) == 0
    assert door.ask("c", 1.0) == 0


def test_what_is_told_has_bounds() -> None:
    door = Door(max_jobs=1, max_wait=10.0)
    assert door.ask("c", 1e6) == 0
    assert door.ask("c") == LONGEST


def test_where_nobody_comes_back_newcomers_are_soon_taken_as_if_nothing_were_booked() -> None:
    door = Door(max_wait=20.0)
    for burst in range(4):
        taken = 0
        for n in range(30):
            taken += door.ask(f"c{burst}-{n}", 2.0, key=1000 * burst + n) == 0
        door.work(60.0)
    assert taken >= 10, "as many as the wait allows"
