import pytest
from hypothesis import given
from hypothesis import strategies as st

from ishowtts.bench.edits import edit_distance

WORDS = st.lists(st.sampled_from("abc"), max_size=8)


@pytest.mark.parametrize(
    ("said", "heard", "errors"),
    [
        ("", "", 0),
        ("abc", "", 3),
        ("", "ab", 2),
        ("kitten", "sitting", 3),
        ("abcd", "bcd", 1),
        ("abcd", "abxcd", 1),
        ("ab", "ba", 2),
    ],
)
def test_known_distances(said: str, heard: str, errors: int) -> None:
    assert edit_distance(list(said), list(heard)) == errors


def test_words_are_compared_whole() -> None:
    assert edit_distance(["good", "night"], ["good", "knight"]) == 1


@given(WORDS, WORDS, WORDS)
def test_it_is_a_distance(a: list[str], b: list[str], c: list[str]) -> None:
    assert edit_distance(a, b) == edit_distance(b, a)
    assert (edit_distance(a, b) == 0) == (a == b)
    assert edit_distance(a, c) <= edit_distance(a, b) + edit_distance(b, c)
