from __future__ import annotations

from itertools import islice

import pytest

from ishowtts.bench.arrivals import arrivals_within
from ishowtts.bench.chat import chat_lines
from ishowtts.text.language import dominant_language
from ishowtts.text.pace import predicted_seconds


def test_no_two_lines_are_alike_and_all_are_short() -> None:
    lines = list(islice(chat_lines(3), 5000))
    assert len(set(lines)) == len(lines)
    assert max(predicted_seconds(line) for line in lines) < 15
    chinese = sum(dominant_language(line) == "zh" for line in lines)
    assert 0.45 < chinese / len(lines) < 0.55
    assert lines[:100] == list(islice(chat_lines(3), 100))


def test_one_language_alone() -> None:
    assert all(dominant_language(line) == "en" for line in islice(chat_lines(0, chinese=0), 200))


def test_arrivals_come_at_the_rate_and_within_the_time() -> None:
    times = list(arrivals_within(1000, 4.0, seed=1))
    assert times == sorted(times)
    assert times[0] > 0
    assert times[-1] < 1000
    assert len(times) / 1000 == pytest.approx(4.0, rel=0.1)
    assert list(arrivals_within(0.001, 0.001)) == []
