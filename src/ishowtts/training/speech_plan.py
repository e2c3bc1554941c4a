"""The plan of teacher speech: for each language an endless list of who says what, and how fast.

The list depends on texts, speakers and seed only. How far it is followed is decided by the hours that are wanted, so
a run that was stopped goes on in the same list, and a longer one begins with the shorter.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Generic, TypeVar

import numpy as np

from ishowtts.training.speakers import Speaker
from ishowtts.training.texts import Texts

T = TypeVar("T")
HOUSE_SHARE = 0.5  # of the utterances; the rest is the blends'
CHAT_SHARE, WORDS_SHARE = 0.05, 0.08
PAIR_SHARE = 0.2  # of the sentences come with the next one, if both are short: most of them are over in 3 s
SPEEDS = (0.88, 1.15)
_LIST = {"en": (4, 8), "zh": (3, 6)}  # words in a list, both included
_PAIR = {"en": 90, "zh": 24}  # characters of both together, at most
_JOIN = {"en": ", ", "zh": "，"}
_END = {"en": ".", "zh": "。"}


@dataclass(frozen=True)
class Planned:
    """One utterance to make; `index` counts in its language."""

    id: str
    index: int
    lang: str
    text: str
    speaker: Speaker
    speed: float


def series(texts: dict[str, Texts], speakers: Sequence[Speaker], seed: int) -> str:
    """Six hex digits that name a plan: its utterances never share an id with those of another."""
    whole = [seed, {k: asdict(v) for k, v in texts.items()}, [asdict(s) for s in speakers], HOUSE_SHARE, CHAT_SHARE,
             WORDS_SHARE, PAIR_SHARE, SPEEDS, _LIST, _PAIR]  # fmt: skip
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()[:6]


def prefix(name: str, lang: str) -> str:
    """What the ids of a plan's language begin with; six digits follow."""
    return f"{name}-{lang}"


def plan(name: str, lang: str, texts: Texts, speakers: Sequence[Speaker], seed: int) -> Iterator[Planned]:
    """Endless. House voices and blends get `HOUSE_SHARE` of the utterances, each one as many as the next."""
    rng = np.random.default_rng([seed, zlib.crc32(lang.encode())])
    mine = [s for s in speakers if s.lang == lang]
    voices = _Mix(rng, (HOUSE_SHARE, [s for s in mine if s.house]), (1 - HOUSE_SHARE, [s for s in mine if not s.house]))
    rest = 1 - CHAT_SHARE - WORDS_SHARE
    kinds = _Mix(rng, (rest, texts.sentences), (CHAT_SHARE, texts.chat), (WORDS_SHARE, texts.words))
    if not voices.decks or not kinds.decks:
        return
    index = 0
    while True:
        deck = kinds.pick()
        text = deck.draw()
        if deck.pool is texts.words:
            low, high = _LIST[lang]
            more = [deck.draw() for _ in range(int(rng.integers(low, high + 1)) - 1)]
            text = _JOIN[lang].join([text, *more])
            text = text[0].upper() + text[1:] + _END[lang]
        elif deck.pool is texts.sentences and rng.random() < PAIR_SHARE:
            second = deck.draw()
            if len(text) + len(second) <= _PAIR[lang]:
                text = f"{text} {second}" if lang == "en" else text + second
            else:
                deck.put_back(second)
        speaker = voices.pick().draw()
        speed = round(float(rng.uniform(*SPEEDS)), 2)
        yield Planned(f"{prefix(name, lang)}{index:06}", index, lang, text, speaker, speed)
        index += 1


class _Deck(Generic[T]):
    """All of `pool` in one order, then all in another, for ever."""

    def __init__(self, pool: Sequence[T], rng: np.random.Generator) -> None:
        self.pool = pool
        self._cards: Iterator[T] = (pool[i] for _ in itertools.count() for i in rng.permutation(len(pool)))

    def draw(self) -> T:
        return next(self._cards)

    def put_back(self, card: T) -> None:
        self._cards = itertools.chain([card], self._cards)


class _Mix(Generic[T]):
    """Draws from one of several pools, by their shares; an empty pool has none."""

    def __init__(self, rng: np.random.Generator, *pools: tuple[float, Sequence[T]]) -> None:
        self._rng = rng
        self.decks = [_Deck(pool, rng) for _, pool in pools if pool]
        shares = np.array([share for share, pool in pools if pool])
        self._shares = shares / shares.sum()

    def pick(self) -> _Deck[T]:
        return self.decks[int(self._rng.choice(len(self.decks), p=self._shares))]
