from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ishowtts.bench.texts import load_items
from ishowtts.engine.build import official_vocab
from ishowtts.engine.frontend import read_vocab
from ishowtts.engine.upstream import upstream
from ishowtts.text.polyphones import corrections
from ishowtts.text.tokens import Vocab, pinyin_tokens, tokens_of

OFFICIAL = Vocab(frozenset(read_vocab(official_vocab())), pinyin=True)
LETTERS = Vocab(frozenset(" abcdefghijklmnopqrstuvwxyz.,'\"!?-"), pinyin=False)


def upstreams(text: str) -> list[str]:
    return list(upstream("utils").convert_char_to_pinyin([text])[0])


def test_tokens_are_upstreams_where_it_makes_no_mistake() -> None:
    for item in load_items():
        if not corrections(item.text):
            assert pinyin_tokens(item.text) == upstreams(item.text)


@given(st.text(alphabet="abZ9 .,;:'\"!-你好吗天气，。！？“”", max_size=40))
def test_so_they_are_for_any_text_of_two_languages(text: str) -> None:
    assert pinyin_tokens(text) == upstreams(text)


@pytest.mark.parametrize("text", ["naïve", "l'été à Genève", "Zürich", "École normale", "mañana", "e\u0301te\u0301"])
def test_a_word_with_an_accent_stays_one_word(text: str) -> None:
    tokens = pinyin_tokens(text)
    assert tokens.count(" ") == text.count(" ")
    assert len(upstreams("naïve")) == 6  # with a blank in it


def test_what_is_not_in_the_vocabulary_is_told() -> None:
    assert tokens_of("Hi 😀 there ⊕😀", OFFICIAL).unknown == ("😀", "⊕", "😀")
    assert tokens_of("Hi there, 你好。", OFFICIAL).unknown == ()
    tokens, unknown = tokens_of("ça va? 你", LETTERS)
    assert "".join(tokens) == "ca va?  "
    assert unknown == ("你",)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("Café — “ok”…", 'cafe - "ok"...'), ("ＯＫ！", "ok!"), ("it’s", "it's"), ("LOUD", "loud")],
)
def test_a_character_goes_by_another_name_before_it_is_given_up(text: str, tokens: str) -> None:
    made = tokens_of(text.replace("“", '"').replace("”", '"').replace("’", "'"), LETTERS)
    assert "".join(made.tokens) == tokens
    assert made.unknown == ()


@given(st.text(max_size=60))
def test_any_text_has_tokens_of_the_vocabulary(text: str) -> None:
    for vocab in (OFFICIAL, LETTERS):
        made = tokens_of(text, vocab)
        assert all(token in vocab.tokens for token in made.tokens)
        assert all(c not in vocab.tokens for c in made.unknown)


def test_what_was_read_once_is_kept() -> None:
    tokens_of.cache_clear()
    assert tokens_of("Hello there.", OFFICIAL) is tokens_of("Hello there.", OFFICIAL)
    assert tokens_of.cache_info().hits == 1
