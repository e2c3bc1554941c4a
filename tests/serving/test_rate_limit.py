from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ishowtts.serving.rate_limit import MOST_NAMES, RateLimit


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_then_the_rate() -> None:
    clock = Clock()
    limit = RateLimit(60, burst=3, clock=clock)
    for _ in range(3):
        assert limit.wait("a") == 0
        limit.take("a")
    assert limit.wait("a") == pytest.approx(1.0)
    assert limit.wait("b") == 0, "others have a bucket of their own"
    clock.now += 1.0
    assert limit.wait("a") == pytest.approx(0.0, abs=1e-9)


def test_more_than_a_burst_is_had_from_a_full_bucket_and_owed() -> None:
    clock = Clock()
    limit = RateLimit(60, burst=10, clock=clock)
    assert limit.wait("a", 100) == 0
    limit.take("a", 100)
    assert limit.wait("a", 1) == pytest.approx(91.0)


def test_zero_is_no_limit() -> None:
    limit = RateLimit(0)
    for _ in range(1000):
        limit.take("a", 1e9)
    assert limit.wait("a", 1e9) == 0


def test_names_are_bounded() -> None:
    limit = RateLimit(1, clock=Clock())
    for n in range(MOST_NAMES + 5):
        limit.take(str(n))
    assert limit.wait("0") == 0
    assert limit.wait(str(MOST_NAMES)) > 0


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(1, 30)), max_size=60))
def test_whoever_keeps_to_the_waits_never_has_more_than_rate_and_burst(asks: list[tuple[float, int]]) -> None:
    clock = Clock()
    limit = RateLimit(120, burst=30, clock=clock)
    had = 0
    for pause, amount in asks:
        clock.now += pause
        if limit.wait("a", amount) == 0:
            limit.take("a", amount)
            had += amount
        assert had <= 30 + 2 * (clock.now - 1000.0) + 1e-6
