from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ishowtts.danmaku.sources.backoff import Backoff


def test_waits_double_up_to_the_most_with_jitter() -> None:
    waits = [[wait_after(n) for _ in range(50)] for n in range(12)]
    for number, row in enumerate(waits):
        step = min(120.0, 2.0**number)
        assert all(step / 2 <= wait <= step for wait in row)
        assert max(row) - min(row) > step / 10


def wait_after(failures: int) -> float:
    backoff = Backoff()
    for _ in range(failures):
        backoff.after(0.0)
    return backoff.after(0.0)


def test_only_a_good_while_begins_anew() -> None:
    backoff = Backoff()
    for _ in range(8):
        backoff.after(59.0)
    assert backoff.after(59.0) > 50
    assert backoff.after(60.0) <= 1.0


@given(st.lists(st.floats(0, 1e6), max_size=100), st.floats(0, 3600))
def test_never_less_than_half_a_second_and_never_less_than_was_asked_for(stood: list[float], asked: float) -> None:
    backoff = Backoff()
    for seconds in stood:
        assert 0.5 <= backoff.after(seconds) <= 120
    assert backoff.after(0.0, asked) >= asked
