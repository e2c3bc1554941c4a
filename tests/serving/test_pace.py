from __future__ import annotations

from ishowtts.serving.pace import FIRST_GUESS, LONGEST, SHORTEST, Pace


def test_before_any_measurement_the_guess_is_sane() -> None:
    assert Pace().wait(10) == 10 * FIRST_GUESS
    assert Pace().wait(0) == SHORTEST
    assert Pace().wait(10**9) == LONGEST


def test_wait_follows_what_was_measured() -> None:
    pace = Pace()
    pace.busy(100.0)
    for finished in (103.0, 106.0, 109.0):
        pace.finished(finished)
    assert pace.wait(4) == 12.0


def test_jobs_that_leave_together_count_as_throughput() -> None:
    pace = Pace()
    pace.busy(0.0)
    for second in range(1, 50):
        pace.finished(4.0 * second)
        pace.finished(4.0 * second)
    assert 15.0 < pace.wait(10) < 25.0  # two every four seconds


def test_idle_time_is_not_counted() -> None:
    pace = Pace()
    pace.busy(0.0)
    pace.finished(2.0)
    pace.busy(1000.0)
    pace.finished(1002.0)
    assert pace.wait(5) == 10.0
