import pytest

from ishowtts.bench.quality import by_voice, figures, worst
from tests.bench.clips import clip


def test_rates_are_over_words_not_over_clips() -> None:
    row = figures([clip(errors=1, length=2), clip("en-01", errors=0, length=8)])[0]
    assert row.error_rate == pytest.approx(0.1)


def test_rtf_is_over_seconds_not_over_clips() -> None:
    row = figures([clip(audio_seconds=1, wall_seconds=1, cpu_seconds=0.5), clip(audio_seconds=9, wall_seconds=1)])[0]
    assert row.rtf == pytest.approx(0.2)
    assert row.rtf_cpu == pytest.approx(0.09)


def test_chat_lines_count_for_whole_and_speed_only() -> None:
    chat = clip("chat_en-00", kind="chat", errors=3, length=3, whole=False, similarity=None, mos=None, wall_seconds=1.5)
    row = figures([clip(whole=False), chat, clip("chat_en-01", kind="chat", similarity=None, mos=None)])[0]
    assert (row.error_rate, row.similarity, row.mos) == (0, 0.9, 4.2)
    assert row.whole == 0.5
    assert row.rtf == pytest.approx(2.5 / 6)


def test_a_row_for_each_language_and_one_over_both_for_each_nfe() -> None:
    clips = [clip(nfe=n, language=lang, mos=n / 2) for n in (7, 5) for lang in ("zh", "en")]
    rows = figures(clips)
    assert [(r.nfe, r.language) for r in rows] == [(7, "en"), (7, "zh"), (7, None), (5, "en"), (5, "zh"), (5, None)]
    assert [r.mos for r in rows] == [3.5, 3.5, 3.5, 2.5, 2.5, 2.5]
    assert rows[2].error_rate is None, "words and characters have no common rate"


def test_what_was_not_measured_is_none() -> None:
    bare = {"heard": None, "errors": None, "length": None, "whole": None, "similarity": None, "mos": None}
    row = figures([clip(**bare, wall_seconds=None, cpu_seconds=None)])[0]
    measured = (row.error_rate, row.whole, row.similarity, row.mos, row.rtf, row.rtf_cpu, row.mos_error)
    assert measured == (None,) * 7
    assert row.clips == 1


def test_the_interval_narrows_with_more_clips() -> None:
    def spread(count: int) -> float:
        error = figures([clip(mos=3 + i % 2) for i in range(count)])[0].mos_error
        assert error is not None
        return error

    assert spread(4) > 1.5 * spread(64) > 0
    assert figures([clip()])[0].mos_error is None


def test_by_voice() -> None:
    rows = by_voice([clip(voice="a", mos=3.0), clip(voice="b", mos=4.0), clip(voice="a", mos=4.0)])
    assert [(r.voice, r.clips, r.mos) for r in rows] == [("a", 2, 3.5), ("b", 1, 4.0)]


def test_the_worst_have_the_largest_share_of_errors() -> None:
    clips = [clip("a", errors=2, length=10), clip("b", errors=1, length=2), clip("c", errors=0), clip("d", errors=None)]
    assert [c.id for c in worst(clips, 5)] == ["b", "a"]
    assert [c.id for c in worst(clips, 1)] == ["b"]
