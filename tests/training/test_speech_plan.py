from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import islice

import pytest

from ishowtts.training.speakers import blend, house_speakers
from ishowtts.training.speech_plan import CHAT_SHARE, HOUSE_SHARE, SPEEDS, WORDS_SHARE, Planned, plan, series
from ishowtts.training.texts import Texts

SPEAKERS = [*house_speakers(), *(blend("en", n, 0) for n in range(8))]
TEXTS = Texts(
    sentences=[f"This is sentence number {n}." for n in range(300)],
    chat=[f"Chat {n}!" for n in range(10)],
    words=[f"word{n}" for n in range(500)],
)


def first(n: int, texts: Texts = TEXTS, seed: int = 0) -> list[Planned]:
    return list(islice(plan("abc123", "en", texts, SPEAKERS, seed), n))


def test_the_same_seed_gives_the_same_plan_and_a_longer_one_begins_with_the_shorter() -> None:
    assert first(200) == first(500)[:200]
    assert [p.text for p in first(50)] != [p.text for p in first(50, seed=1)]
    assert first(3)[2].id == "abc123-en000002"


def test_speakers_and_kinds_get_their_shares() -> None:
    made = first(4000)
    voices = Counter(p.speaker.name for p in made)
    house = [voices[s.name] for s in SPEAKERS if s.lang == "en" and s.house]
    blends = [voices[s.name] for s in SPEAKERS if not s.house]
    assert len(voices) == len(house) + len(blends)  # and no Mandarin speaker
    assert max(house) - min(house) <= 1
    assert max(blends) - min(blends) <= 1
    assert sum(house) / 4000 == pytest.approx(HOUSE_SHARE, abs=0.03)
    kinds = Counter("chat" if p.text.startswith("Chat") else "words" if "ord" in p.text else "sentence" for p in made)
    assert kinds["chat"] / 4000 == pytest.approx(CHAT_SHARE, abs=0.02)
    assert kinds["words"] / 4000 == pytest.approx(WORDS_SHARE, abs=0.02)
    assert all(SPEEDS[0] <= p.speed <= SPEEDS[1] for p in made)
    assert min(p.speed for p in made) < 0.9 < 1.1 < max(p.speed for p in made)


def test_every_sentence_has_its_turn_before_any_has_a_second() -> None:
    sentences = [f"{'long ' * (n % 20)}{n}." for n in range(300)]
    said = Counter(
        part for p in first(150, Texts(sentences=sentences)) for part in p.text.replace(". ", ".|").split("|")
    )
    assert set(said.values()) == {1}
    assert set(said) < set(sentences)
    assert len(said) > 152  # some came in pairs, and one that did not fit waited for its turn


def test_word_lists_and_pairs_are_sentences() -> None:
    made = first(2000)
    lists = [p.text for p in made if p.text.startswith("Word")]
    assert {text.count(",") + 1 for text in lists} == {4, 5, 6, 7, 8}
    assert all(text.endswith(".") for text in lists)
    pairs = [p.text for p in made if p.text.count("This is") == 2]
    assert 0.1 < len(pairs) / 2000 < 0.3
    assert all(len(text) <= 90 for text in pairs)


def test_nothing_to_say_or_nobody_to_say_it_is_an_empty_plan() -> None:
    assert first(1, Texts()) == []
    assert list(islice(plan("abc123", "zh", TEXTS, SPEAKERS[:2], 0), 1)) == []


def test_a_series_is_named_by_all_that_decides_it() -> None:
    name = series({"en": TEXTS}, SPEAKERS, 0)
    assert len(name) == 6
    assert name == series({"en": TEXTS}, SPEAKERS, 0)
    others = {
        series({"en": TEXTS}, SPEAKERS, 1),
        series({"en": TEXTS}, SPEAKERS[1:], 0),
        series({"en": replace(TEXTS, chat=[])}, SPEAKERS, 0),
    }
    assert len(others | {name}) == 4
