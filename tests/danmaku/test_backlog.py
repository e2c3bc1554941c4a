from __future__ import annotations

from ishowtts.danmaku.backlog import Backlog, Ladder


def test_it_climbs_at_once_and_comes_down_only_when_nearly_all_is_read() -> None:
    ladder = Ladder()
    lengths = [0, 5, 6, 4, 3, 11, 6, 21, 12, 3, 2, 5, 6]
    assert [ladder.look(n) for n in lengths] == [0, 0, 1, 1, 1, 2, 2, 3, 3, 3, 0, 0, 1]


def test_it_speaks_faster_from_the_second_step_on() -> None:
    ladder = Ladder()
    for waiting, speed in [(6, 1.0), (11, 1.15), (30, 1.15), (0, 1.0)]:
        ladder.look(waiting)
        assert ladder.speed == speed
    assert Backlog.NEWEST_ONLY > Backlog.NO_NAMES
