from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ishowtts.text.pace import ENDING, predicted_seconds, weights

SOME = "a I the over made table BBC NASA 你好 谢谢 42 ok, end. 好！ привет こんにちは"
WORDS = st.lists(st.sampled_from(SOME.split()))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Nobody asked him why.", 1.6),
        ("The quick brown fox jumps over the lazy dog.", 2.9),
        ("今天天气不错，我们出去走走吧。", 3.7),
        ("Hi.", 0.6),
        ("你好。", 1.0),
        ("Привет, как дела?", 1.6),
        ("안녕하세요", 1.35),
    ],
)
def test_a_plain_sentence_takes_about_so_long(text: str, seconds: float) -> None:
    assert predicted_seconds(text) == pytest.approx(seconds, rel=0.2)


@pytest.mark.parametrize(
    ("shorter", "longer"), [("made", "madam"), ("table", "tables"), ("at", "ATM"), ("cake", "Kiki")]
)
def test_syllables_count_and_not_letters_alone(shorter: str, longer: str) -> None:
    assert predicted_seconds(shorter) < predicted_seconds(longer)


@pytest.mark.parametrize("text", ["", " ", "😀", "\u0301"])
def test_nothing_to_say_takes_no_time(text: str) -> None:
    assert predicted_seconds(text) == 0


@given(WORDS, WORDS)
def test_more_words_take_longer_and_never_by_a_leap(words: list[str], more: list[str]) -> None:
    text, longer = " ".join(words), " ".join([*words, *more])
    assert predicted_seconds(longer) >= predicted_seconds(text)
    if len(more) == 1:
        assert predicted_seconds(longer) - predicted_seconds(text) < 1.0 + ENDING


@given(st.text())
def test_every_character_has_a_weight(text: str) -> None:
    assert len(weights(text)) == len(text)
    assert all(0 <= seconds <= 0.4 for seconds in weights(text))
