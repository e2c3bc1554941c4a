from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ishowtts.text.pace import predicted_seconds
from ishowtts.text.segments import TINY_SECONDS, split, split_spans

BITS = [*"abcXYZ你好一二三0123 。，！'😀\n\u0301", " ", ". ", ", ", "...", "word "]
SPEECH = st.lists(st.sampled_from(BITS), max_size=400).map("".join)


def pieces(text: str) -> list[str]:
    return split(text, first_seconds=3.0, max_seconds=12.0)


@pytest.mark.parametrize(
    "sentence",
    [
        "Dr. Smith paid $3.14 to Mr. and Mrs. Jones of the U.S. Navy, i.e. the sailors, at J. K. Rowling's house.",
        "See No. 5 and fig. 3 at 12:30, example.com and 1,000,000 others.",
        '"Stop!" he said... and then, some time later, she did.',
    ],
)
def test_dots_inside_a_sentence_do_not_end_it(sentence: str) -> None:
    last = "This is the end of it, is it not?"
    text = f"{sentence} {last}"
    longest = predicted_seconds(text) - 0.1
    assert split(text, first_seconds=longest, max_seconds=longest) == [sentence, last]


def test_sentences_are_cut_at_their_ends() -> None:
    sentences = [
        'He said "Stop!" and left the building.',
        "Nobody asked him why!",
        "我们明天下午再见吧.",
        "你们说好不好我的朋友们？",
        "“我觉得这样挺好的。”",
        "No one of them ever came…",
    ]
    cut = split(" ".join(sentences), first_seconds=2.8, max_seconds=3.2)
    assert cut == sentences


def test_the_first_piece_is_short_and_not_tiny() -> None:
    for text in (
        "Hi. This is a long sentence, with several clauses, each of them short enough, that goes on for some time.",
        "我们今天要聊一聊最近的新游戏，大家有什么想法都可以打在公屏上，我会一条一条地念出来的，一个也不会落下。",
        "This sentence has no mark in it at all but goes on and on until its reader must take a breath somewhere",
        "Hi! " * 50,
    ):
        first, *rest = pieces(text)
        assert TINY_SECONDS <= predicted_seconds(first) <= 4.0
        assert rest


def test_later_pieces_grow_so_that_a_long_text_is_few_jobs() -> None:
    lengths = [predicted_seconds(p) for p in pieces("This is one of very many sentences. " * 120)]
    assert lengths[0] < 4
    assert min(lengths[3:-1]) > 6
    assert len(lengths) < 40


def test_tiny_pieces_are_joined_to_a_neighbour() -> None:
    text = "No. Yes. 好。 " + "Then there was a sentence of a reasonable length. " * 6 + "Bye!"
    assert min(predicted_seconds(p) for p in pieces(text)) >= TINY_SECONDS


def test_blank_text_gives_nothing_and_marks_alone_stay() -> None:
    assert pieces(" \n\t ") == []
    assert pieces("?!") == ["?!"]


@given(SPEECH, st.sampled_from([1.0, 3.0, 20.0]), st.sampled_from([2.0, 5.0, 12.0]))
@example("a" * 3000, 3.0, 5.0)
@example("啊" * 3000, 3.0, 5.0)
@example("9" * 3000, 3.0, 5.0)
@example("!" * 3000, 3.0, 5.0)
@example("." * 1000 + "a", 3.0, 5.0)
def test_nothing_is_lost_and_nothing_is_too_long(text: str, first: float, longest: float) -> None:
    parts = split(text, first_seconds=first, max_seconds=longest)
    assert "".join("".join(parts).split()) == "".join(text.split())
    spans = split_spans(text, first_seconds=first, max_seconds=longest)
    assert [text[a:b] for a, b in spans] == parts
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    for part in parts:
        assert part == part.strip() != ""
        assert predicted_seconds(part) <= longest + 0.3
