from __future__ import annotations

import json
import math

import pytest

from ishowtts.bench.player import Player
from ishowtts.bench.server_load import Call, Capacity, Phase
from ishowtts.bench.server_report import capacity_line, flood_line, retry_table, server_table, speech_table
from ishowtts.bench.server_stats import by_client, calls_summary, of_capacity, probes, spread, summary
from ishowtts.bench.speech_client import Try


def spoken(sent: float, first: float, *, queue: float = 0.0, seconds: float = 2.0, late: float = 0.0) -> Try:
    """Two pieces of `seconds` together; the second comes `late` seconds too late."""
    player = Player()
    player.feed(sent + first, seconds / 2)
    player.feed(sent + first + seconds / 2 + late, seconds / 2)
    return Try(sent, 200, "ok", answered=sent + first, queue_seconds=queue, player=player)


def refused(sent: float, told: float | None = 4.0) -> Try:
    return Try(sent, 429, "queue_full", retry_after=told, answered=sent + 0.01)


def call(due: float, *tries: Try, client: str = "a") -> Call:
    return Call(client, due, list(tries))


def test_spread() -> None:
    assert spread([]) is None
    assert spread([3.0]) == {"n": 1, "p50": 3.0, "p90": 3.0, "p95": 3.0, "p99": 3.0, "max": 3.0}
    many = spread(float(i) for i in range(101))
    assert many is not None
    assert (many["p50"], many["p90"], many["p99"], many["max"]) == (50, 90, 99, 100)


def test_times_count_from_when_a_request_was_due() -> None:
    found = calls_summary([call(10.0, spoken(10.5, 1.0, queue=0.5))])
    assert found["first_audio"]["p50"] == pytest.approx(1.5)  # half a second of it was the client's
    assert found["total"]["p50"] == pytest.approx(2.5)
    assert found["rtf"]["p50"] == pytest.approx((2.5 - 0.5) / 2)
    assert found["audio"]["p50"] == 2.0
    assert found["queue"]["p50"] == 0.5


def test_ends_are_counted_by_reason() -> None:
    found = calls_summary(
        [
            call(0, spoken(0, 1)),
            call(1, refused(1), spoken(5, 1)),
            call(2, refused(2)),
            call(3, Try(3, 503, "not_ready", answered=3.1)),
            call(4, Try(4, 200, "cut_off (RemoteProtocolError)", answered=4.5)),
            call(5, Try(5, 0, "timeout")),
            call(6),
        ]
    )
    assert (found["offered"], found["ok"]) == (7, 2)
    assert found["refused"] == {"queue_full": 1, "not_ready": 1}
    assert found["failed"] == {"cut_off (RemoteProtocolError)": 1, "timeout": 1}
    assert found["open"] == 1
    assert found["refusal"]["n"] == 3
    assert found["first_audio"]["max"] == pytest.approx(1.0)  # of the try that was taken


def test_gaps_are_counted() -> None:
    found = calls_summary([call(0, spoken(0, 1)), call(0, spoken(0, 1, late=0.015)), call(0, spoken(0, 1, late=0.8))])
    assert found["playing"]["continuous"] == pytest.approx(2 / 3, abs=1e-3)
    assert found["playing"]["with_gaps"] == 1
    assert found["playing"]["deficit"]["max"] == pytest.approx(0.8)


def test_retry_after_is_held_against_what_came() -> None:
    true = call(0, refused(0, 4.0), spoken(4.01, 1))
    late = call(0, refused(0, 2.0), refused(2.01, 2.0), spoken(4.01, 0.5))
    never = call(0, *[refused(i, 1.0) for i in range(3)])
    never.gave_up = True
    found = calls_summary([true, late, never, call(0, spoken(0, 1))])["retry_after"]
    assert (found["came_back"], found["taken"], found["taken_at_first_return"], found["gave_up"]) == (3, 2, 1, 1)
    assert found["ratio"]["n"] == 2
    assert found["ratio"]["max"] == pytest.approx(2.0)
    assert found["then_first_audio"]["max"] == pytest.approx(1.0)
    assert calls_summary([call(0, refused(0))])["retry_after"] is None, "nobody came back"


def test_a_probe_without_an_answer_is_counted_and_no_latency() -> None:
    assert probes([]) is None
    found = probes([0.001, math.inf, 0.003])
    assert found is not None
    assert (found["n"], found["failed"], found["max"]) == (2, 1, 0.003)
    assert probes([math.inf]) == {"n": 0, "failed": 1}


def test_sound_counts_while_requests_arrive() -> None:
    phase = Phase("1×", 2.0, 1.0, begun=100.0, seconds=10.0)
    for at in (100.0, 105.0, 110.1):
        phase.heard(at, 4.0)
    assert summary(phase)["audio_seconds_per_second"] == pytest.approx(0.8)


def test_everything_is_json_and_fits_the_tables_even_where_nothing_came() -> None:
    empty = Phase("1×", 2.0, 1.0, 0.0, 10.0, calls=[call(0), call(0, Try(0, 0, "timeout"))], probes=[math.inf])
    full = Phase("3×", 6.0, 3.0, 0.0, 10.0, calls=[call(0, refused(0), spoken(4, 1))], probes=[0.001], lags=[0.0])
    phases = [summary(empty), summary(full)]
    json.dumps(phases, allow_nan=False)
    assert speech_table(phases).row_count == server_table(phases).row_count == 2
    assert retry_table(phases).row_count == 1


def test_clients_have_figures_of_their_own() -> None:
    phase = Phase("flooded", 1, None, 0, 1, calls=[call(0, spoken(0, 3), client="polite"), call(0, refused(0))])
    found = by_client(phase)
    assert found["polite"]["ok"] == 1
    assert found["a"]["refused"] == {"queue_full": 1}
    alone = calls_summary([call(0, spoken(0, 1))])
    assert "1.00 s alone, 3.00 s beside the flood (median, 3.0 times" in flood_line(alone, found["polite"])
    assert "nothing to compare" in flood_line(alone, found["a"])


def test_capacity_in_requests() -> None:
    assert of_capacity(Capacity(6.0, 3.0, 10))["requests_per_second"] == 2.0


def test_a_capacity_of_few_answers_is_no_figure_to_trust() -> None:
    assert "few: take a longer --calibrate" in capacity_line(of_capacity(Capacity(6.0, 3.0, 2)))
    assert "few" not in capacity_line(of_capacity(Capacity(6.0, 3.0, 20)))
