"""Long text → pieces short enough for one synthesis, cut where a speaker would pause.

The first piece is short, so that sound starts early; later ones grow, since long pieces cost less for each second.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate

from ishowtts.text.breaks import Breaks, sentences
from ishowtts.text.pace import ENDING, weights

TINY_SECONDS = 1.0
"""Shorter pieces are said badly by themselves: they are joined to a neighbour."""
_GROWTH = 2.0  # each piece may be this much longer than the one before it, up to the maximum

FIRST_MARKS = ("sentences", "clauses")
FIRST = (*FIRST_MARKS, "phrases", "words")
INSIDE = ("clauses", "phrases", "words", "signs")
"""Where the first piece may end, and any piece of a sentence that is too long; the best first."""


def split(text: str, *, first_seconds: float, max_seconds: float) -> list[str]:
    """Pieces of `text` in order, without the spaces between them; none if it is blank.

    The first lasts about `first_seconds`; all last at most `max_seconds` by `predicted_seconds`. Nothing is lost.
    """
    return [text[a:b] for a, b in split_spans(text, first_seconds=first_seconds, max_seconds=max_seconds)]


def split_spans(text: str, *, first_seconds: float, max_seconds: float) -> list[tuple[int, int]]:
    """Where the pieces of `split` are: (first, past-the-last) character, without the spaces around."""
    if not text.strip():
        return []
    spans = (_stripped(text, a, b) for a, b in _Splitter(text, min(first_seconds, max_seconds), max_seconds).pieces())
    return [(a, b) for a, b in spans if a < b]


def _stripped(text: str, a: int, b: int) -> tuple[int, int]:
    piece = text[a:b]
    return a + len(piece) - len(piece.lstrip()), b - len(piece) + len(piece.rstrip())


class _Splitter:
    def __init__(self, text: str, first: float, longest: float) -> None:
        self.text, self.first, self.longest = text, first, longest
        self.tiny = min(TINY_SECONDS, 0.5 * first)
        self.ending = min(ENDING, 0.5 * first)
        self.upto = [0.0, *accumulate(weights(text))]  # seconds before each position
        self.breaks = Breaks(text)

    def pieces(self) -> list[tuple[int, int]]:
        return self._pack([part for span in self._sentences() for part in self._cap(*span)])

    def _seconds(self, a: int, b: int) -> float:
        return self.upto[b] - self.upto[a] + self.ending

    def _sentences(self) -> list[tuple[int, int]]:
        """Sentences, the first of them cut again if it is much longer than the first piece should be."""
        spans = sentences(self.text)
        low, high = max(self.tiny, 0.4 * self.first), 1.3 * self.first
        while len(spans) > 1 and self._seconds(*spans[0]) < low:
            spans[:2] = [(spans[0][0], spans[1][1])]
        a, b = spans[0]
        if self._seconds(a, b) > 1.25 * self.first:
            marks_only = self._seconds(a, b) <= 1.75 * self.first
            cut = self._nearest(FIRST_MARKS if marks_only else FIRST, a, b, low, self.first, high)
            if cut is not None and self._seconds(cut, b) >= self.tiny:
                spans[:1] = [(a, cut), (cut, b)]
        return spans

    def _nearest(self, kinds: Sequence[str], a: int, b: int, low: float, wanted: float, high: float) -> int | None:
        """The break in (a, b) whose distance from `a`, in seconds, is within low..high and nearest to `wanted`: of
        the first kind that has one."""
        start = bisect_left(self.upto, self.upto[a] + low - self.ending)
        for kind in kinds:
            among: list[int] = getattr(self.breaks, kind)
            best, error = None, float("inf")
            for at in among[max(bisect_right(among, a), bisect_left(among, start)) :]:
                seconds = self._seconds(a, at)
                if at >= b or seconds > high:
                    break
                if abs(seconds - wanted) < error:
                    best, error = at, abs(seconds - wanted)
            if best is not None:
                return best
        return None

    def _cap(self, a: int, b: int) -> list[tuple[int, int]]:
        """Cut a sentence in parts of about equal length, none over the maximum: at clauses, phrases, words, or
        anywhere."""
        parts = []
        while (seconds := self._seconds(a, b)) > self.longest:
            wanted = seconds / (seconds // self.longest + 1)
            cut = self._nearest(INSIDE, a, b, 0.5 * wanted, wanted, self.longest)
            if cut is None:
                cut = max(a + 1, bisect_right(self.upto, self.upto[a] + self.longest - self.ending) - 1)
            if cut >= b:
                break
            parts.append((a, cut))
            a = cut
        return [*parts, (a, b)]

    def _pack(self, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Join neighbours while they fit the growing limit, and tiny ones as long as the maximum allows."""
        groups = [[spans[0]]]
        limit = self.first
        for span in spans[1:]:
            start, end = groups[-1][0][0], groups[-1][-1][1]
            if self._seconds(start, span[1]) <= (self.longest if self._seconds(start, end) < self.tiny else limit):
                groups[-1].append(span)
            else:
                groups.append([span])
                limit = min(self.longest, limit * _GROWTH)
        if len(groups) > 1 and self._seconds(groups[-1][0][0], groups[-1][-1][1]) < self.tiny:
            before, tail = groups[-2], groups[-1]
            if self._seconds(before[0][0], tail[-1][1]) <= self.longest:
                groups[-2:] = [before + tail]
            elif len(before) > 1:
                tail.insert(0, before.pop())
        return [(group[0][0], group[-1][1]) for group in groups]
