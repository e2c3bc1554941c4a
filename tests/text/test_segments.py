from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ishowtts.text.breaks import sentences, settled
from ishowtts.text.pace import predicted_seconds
from ishowtts.text.segments import TINY_SECONDS, split, split_spans

BITS = [*"abcXYZ你好一二三0123 。，！'😀\n\u0301", " ", ". ", ", ", "...", "word "]
SPEECH = st.lists(st.sampled_from(BITS), max_size=400).map("".join)


def pieces(text: str) -> list[str]:
    return split(text, first_seconds=3.0, max_seconds=12.0)


class Case(NamedTuple):
    """`parts` of `text`: its sentences, or, with `seconds` for the first and for any, what is said in one go."""

    line: int
    text: str
    parts: list[str]
    seconds: tuple[float, ...]


def cases() -> list[Case]:
    found: list[Case] = []
    seconds: tuple[float, ...] = ()
    for number, line in enumerate((Path(__file__).parent / "segmentation.txt").read_text("utf-8").splitlines(), 1):
        if line.startswith("["):
            seconds = tuple(map(float, line.strip("[]").split()[1:]))
        elif line and not line.startswith("#"):
            parts = [part.strip() for part in line.split("|")]
            found.append(Case(number, line.replace(" | ", " ").replace("|", ""), parts, seconds))
    return found


@pytest.mark.parametrize("case", cases(), ids=lambda case: f"line{case.line}")
def test_texts_are_cut_where_a_speaker_would_pause(case: Case) -> None:
    if case.seconds:
        first, longest = case.seconds
        assert split(case.text, first_seconds=first, max_seconds=longest) == case.parts
        assert all(predicted_seconds(part) <= longest for part in case.parts)
    else:
        assert [case.text[a:b].strip() for a, b in sentences(case.text)] == case.parts


def test_there_are_many_cases_and_none_twice() -> None:
    texts = [(case.text, case.seconds) for case in cases()]
    assert len(texts) >= 200
    assert len(set(texts)) == len(texts)


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


@given(SPEECH)
def test_sentences_are_all_of_a_text(text: str) -> None:
    assert "".join(text[a:b] for a, b in sentences(text)) == text


@given(SPEECH, SPEECH)
def test_what_is_settled_stays_so_whatever_comes(text: str, more: str) -> None:
    end = settled(text)
    assert end == 0 or end in {b for _, b in sentences(text + more)} or "\n" in text
