import pytest

from ishowtts.bench.english import words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It's here.", "it is here"),
        ("I can't, I won't!", "I cannot. I will not."),
        ("Don’t worry, they’re fine.", "Do not worry they are fine"),
        ("We gonna win, OK?", "we going to win okay"),
        ("It takes ten minutes.", "It takes 10 minutes."),
        ("Three, two, one!", "3, 2, 1!"),
        ("one thousand two hundred ninety nine", "1,299"),
        ("at seven thirty", "at 7:30"),
        ("five percent of twelve dollars", "5% of $12"),
        ("the twenty-first of May", "the 21st of May"),
        ("three point five", "3.5"),
        ("in twenty twenty-six", "in 2026"),
        ("two thousand five", "2005"),
        ("Mr. Brown", "mister brown"),
        ("my friend's dog", "my friends dog"),
        ("'Yes,' he said", "yes he said"),
    ],
)
def test_same_sound_same_words(one: str, other: str) -> None:
    assert words(one) == words(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("I can", "I can't"), ("ten", "tenth"), ("sixteen", "60"), ("it is", "it was"), ("a b", "ab")],
)
def test_other_sound_other_words(one: str, other: str) -> None:
    assert words(one) != words(other)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("100", ["one", "hundred"]),
        ("1000000", ["one", "million"]),
        ("007", ["zero", "zero", "seven"]),
        ("1905", ["nineteen", "oh", "five"]),
        ("1200", ["one", "thousand", "two", "hundred"]),
        ("12th", ["twelfth"]),
        ("40th", ["fortieth"]),
        ("7:00", ["seven", "oclock"]),
        ("", []),
        ("...!?", []),
        ("'", []),
    ],
)
def test_spelling(text: str, expected: list[str]) -> None:
    assert words(text) == expected
