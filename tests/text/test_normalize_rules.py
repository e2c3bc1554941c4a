"""Single rules of reading aloud, and what they must not touch."""

from __future__ import annotations

import pytest

from ishowtts.text.normalize import Rules, normalize


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("Hello there, how are you?", "Hello there, how are you?"),
        ("你好，“世界”！", "你好，“世界”！"),
        ("(smile) [doge] 《三体》", "(smile) [doge] 《三体》"),
        ("naïve café, rock 'n' roll", "naïve café, rock 'n' roll"),
        ("I'm at the well-known C位", "I'm at the well-known C位"),
        ("u盘 type-c b站", "u盘 type-c b站"),
    ],
)
def test_plain_words_and_marks_stay(text: str, spoken: str) -> None:
    made = normalize(text)
    assert made.text == spoken
    assert not made.changes


@pytest.mark.parametrize(
    ("links", "spoken"),
    [
        ("skip", "see or mail"),
        ("host", "see a dot example dot com or mail bob at x dot org"),
        (
            "spell",
            "see https colon slash slash a dot example dot com slash x or mail bob at x dot org",
        ),
    ],
)
def test_links(links: str, spoken: str) -> None:
    assert normalize("see https://a.example.com/x or mail bob@x.org", Rules(links=links)).text == spoken  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("nice 😂😂👍", "nice face with tears of joy thumbs up"),
        ("好👍", "好拇指向上"),
        ("🇨🇳 wins", "China wins"),
        ("👩🏽‍🚀!", "woman astronaut medium skin tone!"),
    ],
)
def test_emoji_by_name(text: str, spoken: str) -> None:
    assert normalize(text, Rules(emoji="name")).text == spoken
    assert "😂" not in normalize(text).text


def test_the_users_words_come_first() -> None:
    rules = Rules(lexicon=(("666", "厉害"), ("iShow", "eye show"), ("爱豆", "偶像"), ("brb", "")))
    assert normalize("iSHOW 666 iShows 我的爱豆 brb", rules).text == "eye show 厉害 iShows 我的偶像"
    assert normalize("brb 666", Rules(slang=False)).text == "brb six hundred sixty-six"


@pytest.mark.parametrize(
    ("text", "language", "spoken"),
    [
        ("2kg", None, "two kilograms"),
        ("2kg", "zh", "两公斤"),
        ("666", None, "六六六"),
        ("666", "en", "six hundred sixty-six"),
        ("显卡RTX 4090降价", None, "显卡R.T.X 四零九零降价"),
        ("I paid $20. 真的很贵", None, "I paid twenty dollars. 真的很贵"),
        ("我花了 20 块 for 3 apples", None, "我花了 二十 块 for three apples"),
    ],
)
def test_numbers_are_read_in_the_language_around_them(text: str, language: str | None, spoken: str) -> None:
    assert normalize(text, language=language).text == spoken  # type: ignore[arg-type]


def test_lines_of_markdown_end_like_sentences() -> None:
    text = "# Plan\n- one\n- two\nand more\n\u2029下一步\n1. 吃\n2. 睡"
    assert normalize(text).text == "Plan. one. two and more. 下一步。一，吃。二，睡"


def test_letters_of_other_scripts_are_told_and_stay() -> None:
    made = normalize("Привет, 3 мир")
    assert [made.original[a:b] for a, b in made.unknown] == ["Привет", "мир"]
    assert made.text == "Привет, three мир"


def test_signs_of_a_pause_are_not_touched() -> None:
    sign = "\ue7ff" * 9
    assert normalize(f"3{sign} ({sign}) 5").text == f"three{sign} ({sign}) five"
