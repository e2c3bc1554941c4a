from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts.bench.player import Player


def played(*pieces: tuple[float, float]) -> Player:
    player = Player()
    for at, seconds in pieces:
        player.feed(at, seconds)
    return player


def test_sound_that_is_there_in_time_has_no_gap() -> None:
    player = played((5.0, 1.0), (5.5, 1.0), (7.0, 0.5))
    assert (player.first, player.last, player.heard) == (5.0, 7.0, 2.5)
    assert (player.deficit, player.gaps) == (0.0, 0)


def test_late_sound_is_a_gap_and_what_was_waited_is_not_counted_twice() -> None:
    player = played((0.0, 1.0), (1.5, 1.0), (2.4, 1.0), (4.0, 1.0))
    # It stands still from 1.0 to 1.5, plays to 3.5, and stands still to 4.0.
    assert player.deficit == pytest.approx(1.0)
    assert player.gaps == 2


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 5), st.floats(0.01, 3)), min_size=1, max_size=20))
def test_starting_later_by_the_deficit_would_have_had_no_gap(pieces: list[tuple[float, float]]) -> None:
    at, times = 0.0, []
    for wait, seconds in pieces:
        at += wait
        times.append((at, seconds))
    player = played(*times)
    start = times[0][0] + player.deficit
    need = start
    for at, seconds in times:
        assert at <= need + 1e-6
        need += seconds
