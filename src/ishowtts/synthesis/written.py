"""Where, in what the caller wrote, the segments and words are of what was said for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ishowtts.text.clean import Cleaned
from ishowtts.text.normalized import Normalized
from ishowtts.text.timing import Sound, WordTime, timed_words

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Written:
    """What the caller wrote, cleaned, and how it is read aloud. `said` None: as it is written."""

    cleaned: Cleaned
    said: Normalized | None = None

    @property
    def original(self) -> str:
        return self.cleaned.original

    def places(self, spans: Sequence[Span]) -> list[Span]:
        """Of segments of what is said, in the cleaned text: in order, apart, and every letter and digit in one.

        What is skipped goes with the segment before it, or with the first.
        """
        if self.said is None:
            return [*spans]
        text, out = self.cleaned.text, list[Span]()
        done = 0
        for start, end in spans:
            a, b = self.said.span(start, end)
            a = max(a, done)
            if _has_word(text[done:a]):
                if out:
                    out[-1] = (out[-1][0], _stripped_end(text, out[-1][1], a))
                else:
                    a = 0
            done = max(a, b)
            out.append((a, done))
        if out and _has_word(text[done:]):
            out[-1] = (out[-1][0], len(text))
        return out

    def span(self, place: Span) -> Span:
        """Of a part of the cleaned text in the original."""
        return self.cleaned.span(*place)

    def words(self, times: Sequence[WordTime], start: int, place: Span) -> tuple[WordTime, ...]:
        """Words of a segment's own text, which begins at `start` of what is said and stands for `place` of the cleaned
        text, as words of the original."""
        if self.said is not None:
            times = self._read_back(times, start, place)
        else:
            times = [time._replace(start=start + time.start, end=start + time.end) for time in times]
        return tuple(WordTime(*self.cleaned.span(a, b), t0, t1) for a, b, t0, t1 in times)

    def _read_back(self, times: Sequence[WordTime], start: int, place: Span) -> list[WordTime]:
        """Three dollars and fifty cents were one word, $3.50, from the first of them to the last."""
        assert self.said is not None  # noqa: S101
        begin, end = place
        sounds = []
        for a, b, t0, t1 in times:
            first, last = (min(max(at, begin), end) - begin for at in self.said.span(start + a, start + b))
            sounds.append(Sound(first, last, t0, t1))
        found = timed_words(self.cleaned.text[begin:end], sounds)
        return [word._replace(start=begin + word.start, end=begin + word.end) for word in found]


def _has_word(text: str) -> bool:
    return any(c.isalnum() for c in text)


def _stripped_end(text: str, start: int, end: int) -> int:
    return start + len(text[start:end].rstrip())
