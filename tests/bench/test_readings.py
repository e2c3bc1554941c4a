from __future__ import annotations

import pytest

from ishowtts.bench.readings import distance
from ishowtts.bench.spoken_lines import GROUPS, Line, load_lines

pytest.importorskip("opencc")


@pytest.mark.parametrize(
    ("reading", "heard"),
    [
        ("I paid three dollars and fifty cents for it.", "I paid $3.50 for it."),
        ("Room three oh four is on the left.", "Room 304 is on the left."),
        ("Call five five five zero one four two for help.", "Call 555-0142 for help."),
        ("It is minus five degrees celsius outside.", "It is -5°C outside."),
        ("The album is from the nineteen eighties.", "The album is from the 1980s."),
        ("We won three two last night.", "We won 3-2 last night."),
        ("The train leaves at eighteen oh five.", "The train leaves at 18.05."),
        ("The twenty first of March works.", "The 21st of March works."),
        ("Meet me at nine a m.", "Meet me at 9 a.m."),
        ("I am one point eight two meters tall.", "I am 1.82 m tall."),
        ("My score is one thousand two hundred and fifty points.", "My score is 1,250 points."),
    ],
)
def test_english_figures_count_as_what_was_said(reading: str, heard: str) -> None:
    errors, length, whole = distance(reading, heard, "en")
    assert (errors, whole) == (0, True)
    assert length > 3


@pytest.mark.parametrize(
    ("reading", "heard"),
    [
        ("打幺幺零报警。", "打110報警"),
        ("他是九零后。", "他是90后"),
        ("只剩三分之一了。", "只剩1/3了"),
        ("我们三比二赢了。", "我们3:2赢了"),
        ("今天是二零二四年五月一日。", "今天是2024年5月1日"),
        ("我买了两个苹果。", "我买了2个苹果"),
    ],
)
def test_mandarin_figures_count_as_what_was_said(reading: str, heard: str) -> None:
    assert distance(reading, heard, "zh")[::2] == (0, True)


@pytest.mark.parametrize(
    ("reading", "heard", "language"),
    [
        ("Room three oh four is on the left.", "Room 305 is on the left.", "en"),
        ("I paid three dollars and fifty cents.", "I paid $3.15.", "en"),
        ("他是九零后。", "他是80后", "zh"),
    ],
)
def test_a_wrong_number_is_an_error(reading: str, heard: str, language: str) -> None:
    errors, _, whole = distance(reading, heard, "en" if language == "en" else "zh")
    assert errors >= 1
    assert not whole


def test_every_line_is_read_as_itself_and_no_two_are_alike() -> None:
    lines = load_lines()
    assert [sum(line.group == group for line in lines) for group in GROUPS] == [100, 100, 40, 40, 20]
    assert len({line.text for line in lines}) == len({line.id for line in lines}) == 300
    for line in lines:
        for reading in line.readings:
            assert distance(reading, reading, line.language)[::2] == (0, True), line


def test_a_limit_keeps_what_comes_first() -> None:
    assert load_lines(1)[0] == Line("short_en-00", 0, "short_en", "en", "Hi.", ("Hi.",))
    assert [line.index for line in load_lines(1)] == [0, 100, 200, 240, 280]
    assert len(load_lines(1)) == len(GROUPS)
