from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ishowtts.text.lengths import FASTEST, SLOWEST, pace_of, spoken_seconds

SAID, SECONDS = "Some call me nature, others call me mother nature.", 3.2
WORDS = ["hi", "there", "you", "all", "see", "it", "today", "你好", "大家", "欢迎", "直播间", "3", "OK"]


def seconds(text: str, speed: float = 1.0) -> float:
    return spoken_seconds(text, SAID, SECONDS, speed)


def test_there_is_no_cliff_at_ten_bytes() -> None:
    lengths = [seconds(text) for text in ("Hi there", "Hi there.", "Hi there!", "Hi there!!", "Hi there, you")]
    assert lengths == sorted(lengths)
    assert lengths[-1] < 1.5 * lengths[0]
    assert 0.5 < lengths[1] < 1.6  # upstream: three seconds from such a clip


@given(st.lists(st.sampled_from(WORDS), max_size=12), st.sampled_from(WORDS))
def test_a_word_more_is_never_shorter(words: list[str], one_more: str) -> None:
    assert seconds(" ".join([*words, one_more])) >= seconds(" ".join(words))


@given(st.floats(0.25, 4))
def test_speed_is_exact(speed: float) -> None:
    assert seconds("Hello there, everyone.", speed) == pytest.approx(seconds("Hello there, everyone.") / speed)


def test_the_clips_pace_is_kept_and_a_short_clip_says_less() -> None:
    assert seconds(SAID) == pytest.approx(SECONDS, rel=0.05)
    assert spoken_seconds(SAID, SAID, 2 * SECONDS) > 1.6 * seconds(SAID)
    assert 1 < pace_of("Hi.", 2.0) < pace_of(SAID, SECONDS * 2.0 / 0.6)


@pytest.mark.parametrize(("text", "clip"), [("", 3.0), ("…", 3.0), (SAID, 0.0), (SAID, 1000.0), (SAID, 0.01)])
def test_a_clip_that_fits_no_text_is_kept_within_reason(text: str, clip: float) -> None:
    assert FASTEST <= pace_of(text, clip) <= SLOWEST
