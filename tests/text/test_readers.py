from __future__ import annotations

import re
from functools import cache

import pytest

from ishowtts.bench.texts import load_items
from ishowtts.text.numbers_zh import spell_numbers
from ishowtts.text.polyphones import corrections
from ishowtts.text.readers import English, Mandarin, Reader

CLASSES = {"en": English, "zh": Mandarin}


@cache
def reader(language: str) -> Reader:
    made: Reader = CLASSES[language]()
    return made


@pytest.mark.parametrize("language", ["en", "zh"])
def test_by_the_word_it_says_what_it_says_whole(language: str) -> None:
    """Word by word or whole, the phonemes of all evaluation lines are the library's own."""
    for item in load_items():
        # What polyphones.py corrects is the library's own no more.
        if item.language == language and not any(map(corrections, re.findall("[\u4e00-\u9fff]+", item.text))):
            text = spell_numbers(item.text) if language == "zh" else item.text
            pieces = reader(language).pieces(text)
            assert "".join(piece.phonemes for piece in pieces).strip() == reader(language)(text).strip(), text


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Dr. Who paid $5.", {"Who": "hˌu", "paid": "pˈAd"}),
        ("en", "Well-known: it's 12:30!", {"Well-known": "wˌɛlnˈOn", "12:30": "twˈɛlvθˈɜɹTi"}),
        ("zh", "我们来了，好吗", {"我": "wo↓", "们": "mən", "好": "xau↓"}),
    ],
)
def test_a_word_knows_its_phonemes(language: str, text: str, expected: dict[str, str]) -> None:
    said: dict[str, str] = {}
    for phonemes, start, end in reader(language).pieces(text):
        said[text[start:end]] = (said.get(text[start:end], "") + phonemes).strip()
    assert {word: said[word] for word in expected} == expected


def test_blank_text_is_no_pieces() -> None:
    assert not any(piece.phonemes for language in CLASSES for piece in reader(language).pieces(" "))
