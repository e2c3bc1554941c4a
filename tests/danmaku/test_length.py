from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ishowtts.danmaku.length import fits, trimmed
from ishowtts.danmaku.policy import LengthPolicy
from ishowtts.text.pace import predicted_seconds

POLICY = LengthPolicy()


def test_cjk_truncation_never_cuts_inside_a_character_and_ends_where_a_sentence_does() -> None:
    """The earlier system counted bytes and died at the first long Chinese message."""
    sentence = "今天的直播真的太好看了。"
    out = trimmed(sentence * 20, POLICY)
    assert out.endswith("。")
    assert out == sentence * (len(out) // len(sentence))
    assert 12 <= len(out) <= 80


def test_english_ends_at_a_sentence_or_at_a_word() -> None:
    assert trimmed("This is one sentence. " * 40, POLICY).endswith("sentence.")
    words = "word " * 100
    out = trimmed(words, POLICY)
    assert out.split() == ["word"] * len(out.split())
    assert 100 < len(out) <= 200


def test_what_fits_stays() -> None:
    for text in ("", "ok", "你好" * 30, "x" * 100):
        assert trimmed(text, POLICY) == text
        assert fits(text, POLICY)


def test_mixed_text_counts_both() -> None:
    assert not fits("好" * 41 + "a" * 100, LengthPolicy(max_seconds=120))
    assert fits("好" * 40 + "a" * 100, LengthPolicy(max_seconds=120))


def test_digits_take_long_to_say() -> None:
    assert predicted_seconds(trimmed("1234567890" * 15, POLICY)) <= 15


def test_paid_may_be_longer() -> None:
    assert len(trimmed("word " * 150, POLICY, 2.0)) > 250


@given(st.text(max_size=1000), st.integers(1, 100), st.integers(1, 200), st.floats(1, 20), st.floats(1, 3))
def test_the_start_of_any_text_within_all_bounds(text: str, cjk: int, latin: int, seconds: float, times: float) -> None:
    policy = LengthPolicy(max_cjk=cjk, max_latin=latin, max_seconds=seconds)
    out = trimmed(text, policy, times)
    if fits(text, policy, times):
        assert out == text
    else:
        assert out in text
        assert len(out) <= max(latin, cjk) * times + 1
        assert predicted_seconds(out) <= seconds * times + 0.31
