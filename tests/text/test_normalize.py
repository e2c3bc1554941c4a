"""Text as it was written, as it is said."""

from __future__ import annotations

from ishowtts.text.normalize import normalize


def test_a_number_is_said_and_keeps_its_place() -> None:
    made = normalize("今天有20个人")
    assert made.text == "今天有二十个人"
    assert made.original[slice(*made.span(3, 5))] == "20"
    assert made.original[slice(*made.span(5, 6))] == "个"
    assert [(c.start, c.end, c.spoken) for c in made.changes] == [(3, 5, "二十")]


def test_a_character_of_a_reading_stands_for_all_of_what_was_read() -> None:
    made = normalize("是3.5分")
    assert made.text == "是三点五分"
    assert {made.span(i, i + 1) for i in (1, 2, 3)} == {(1, 4)}
