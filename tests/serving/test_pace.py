from __future__ import annotations

import pytest

from ishowtts.serving.pace import FIRST_GUESS, Pace


def test_before_any_measurement_there_is_a_guess() -> None:
    assert Pace().rate == FIRST_GUESS


def test_the_rate_follows_what_was_measured() -> None:
    pace = Pace()
    pace.busy(100.0)
    for second in range(1, 200):
        pace.finished(100.0 + 0.5 * second, 3.0)
    assert pace.rate == pytest.approx(6.0, rel=0.05)
    for second in range(1, 200):
        pace.finished(199.5 + 2.0 * second, 3.0)
    assert pace.rate == pytest.approx(1.5, rel=0.05)


def test_jobs_that_leave_together_count_as_throughput() -> None:
    pace = Pace()
    pace.busy(0.0)
    for second in range(1, 50):
        pace.finished(4.0 * second, 4.0)
        pace.finished(4.0 * second, 4.0)
    assert pace.rate == pytest.approx(2.0, rel=0.1)


def test_idle_time_is_not_counted() -> None:
    pace, busy = Pace(), Pace()
    pace.busy(0.0)
    busy.busy(0.0)
    pace.finished(2.0, 2.0)
    busy.finished(2.0, 2.0)
    pace.busy(1000.0)
    pace.finished(1002.0, 2.0)
    busy.finished(4.0, 2.0)
    assert pace.rate == pytest.approx(busy.rate)
