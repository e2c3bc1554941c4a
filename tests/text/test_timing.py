from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ishowtts.text.timing import Sound, WordTime, spread_words, timed_words
from ishowtts.text.words import word_spans

TEXT = st.text(alphabet="ab9 你好'-.,!%\u0301\U0001f600", max_size=30)


def check(text: str, times: tuple[WordTime, ...], end: float) -> None:
    assert [time[:2] for time in times] == word_spans(text)
    clock = 0.0
    for time in times:
        assert clock <= time.t0 <= time.t1 <= end + 1e-9
        clock = time.t1


def test_a_word_lasts_from_its_first_sound_to_its_last() -> None:
    sounds = [Sound(0, 2, 0.1, 0.2), Sound(0, 2, 0.2, 0.3), Sound(3, 5, 0.5, 0.6), Sound(5, 8, 0.6, 0.9)]
    assert timed_words("Hi you'll.", sounds) == (WordTime(0, 2, 0.1, 0.3), WordTime(3, 9, 0.5, 0.9))


def test_words_read_as_one_piece_share_its_time() -> None:
    (first, second, third) = timed_words("ab abab x", [Sound(0, 7, 1.0, 1.6), Sound(8, 9, 2.0, 2.1)])
    assert (first.t0, third.t0) == (1.0, 2.0)
    assert first.t1 == second.t0 == pytest.approx(1.2)
    assert second.t1 == pytest.approx(1.6)


def test_a_word_without_sound_lasts_no_time() -> None:
    times = timed_words("おは hi ねえ", [Sound(3, 5, 0.2, 0.5)])
    assert [(time.t0, time.t1) for time in times] == [(0.2, 0.2), (0.2, 0.5), (0.5, 0.5)]


def test_sound_that_was_not_written_is_in_no_word() -> None:
    sounds = [Sound(0, 1, 0.0, 0.1), Sound(2, 3, 0.5, 0.9), Sound(4, 5, 1.0, 1.1)]
    assert timed_words("a & b", sounds) == (WordTime(0, 1, 0.0, 0.1), WordTime(4, 5, 1.0, 1.1))


@pytest.mark.parametrize(("at", "word"), [(0, 0), (1, 0), (2, 0), (3, 1), (4, 1), (5, 1), (6, None), (8, 2)])
def test_what_was_put_in_belongs_to_the_word_it_touches(at: int, word: int | None) -> None:
    words = timed_words("ab cd  ef", [Sound(at, at, 0.1, 0.2)])
    assert [i for i, time in enumerate(words) if time.t1 > time.t0] == ([] if word is None else [word])


@given(TEXT, st.data())
def test_times_are_in_order_whatever_the_sounds_say(text: str, data: st.DataObject) -> None:
    place, sounds = st.integers(0, len(text)), []
    for i in range(data.draw(st.integers(0, 8))):
        a, b = sorted((data.draw(place), data.draw(place)))
        sounds.append(Sound(a, b, i * 0.1, i * 0.1 + data.draw(st.floats(0, 0.1))))
    times = timed_words(text, sounds)
    if times or (sounds and word_spans(text)):
        check(text, times, 0.9)


@given(TEXT, st.floats(0, 60))
def test_spread_words_fill_the_time_in_order(text: str, seconds: float) -> None:
    check(text, spread_words(text, seconds), seconds)


def test_spread_words_take_the_longer_the_more_they_say() -> None:
    first, second, last = spread_words("A longest word", 3.0)
    assert first.t0 == 0.0
    assert last.t1 == pytest.approx(3.0)
    assert second.t1 - second.t0 > 2 * (first.t1 - first.t0)
    assert spread_words("…", 1.0) == ()
