"""When requests of a long run come, and what they say.

After a time to warm up come four quarters. Requests come at the same times in each, with texts of the same kinds but
never the same: then a quarter differs from the one before only in what the server has become, not in its luck.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice

from ishowtts.bench.arrivals import arrivals_within
from ishowtts.bench.chat import says, somebody
from ishowtts.bench.texts import LANGUAGES, Language, load_items

QUARTERS = 4
SENTENCES = (1, 1, 1, 2, 3)
"""In one text; one of these."""


@dataclass(frozen=True)
class Plan:
    """`seconds` in all, of which `warm_up` count for nothing; `rate` requests a second."""

    seconds: float
    warm_up: float
    rate: float
    seed: int

    @property
    def quarter(self) -> float:
        """Seconds."""
        return (self.seconds - self.warm_up) / QUARTERS

    def arrivals(self) -> Iterator[float]:
        """Seconds from the start."""
        yield from self._before()
        for number in range(QUARTERS):
            yield from (self.warm_up + number * self.quarter + at for at in self._of_a_quarter())

    def lines(self) -> Iterator[str]:
        """A text for each arrival."""
        before, each = len(self._before()), len(self._of_a_quarter())
        turns = [islice(lines_alike(self.seed, number + 1), each) for number in range(QUARTERS)]
        return chain(islice(lines_alike(self.seed, 0), before), *turns)

    def _before(self) -> list[float]:
        return list(arrivals_within(self.warm_up, self.rate, self.seed + 1)) if self.warm_up else []

    def _of_a_quarter(self) -> list[float]:
        return list(arrivals_within(self.quarter, self.rate, self.seed))


def lines_alike(seed: int, turn: int) -> Iterator[str]:
    """For ever: one to three sentences in one of two languages, the same ones in the same order in every `turn` (0 to
    5), but said by somebody else, so that no text comes twice and few lengths do."""
    same, other = random.Random(seed), random.Random(f"{seed} {turn}")  # noqa: S311 - texts of a benchmark
    sentences: dict[Language, list[str]] = {
        language: [item.text for item in load_items() if item.language == language] for language in LANGUAGES
    }
    number = turn
    while True:
        language = same.choice(LANGUAGES)
        said = same.choices(sentences[language], k=same.choice(SENTENCES))
        blank = " " if language == "en" else ""
        yield says(language, f"{somebody(language, other)} {number}", blank.join(said))
        number += QUARTERS + 2
