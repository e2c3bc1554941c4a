"""When each word of a text is said, from when the pieces it was read in are, or from a total length alone."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate, groupby
from typing import NamedTuple

from ishowtts.text.pace import weights
from ishowtts.text.words import word_spans


class WordTime(NamedTuple):
    """`text[start:end]` is said from `t0` to `t1`, in seconds from the start of the sound. An estimate."""

    start: int
    end: int
    t0: float
    t1: float


class Sound(NamedTuple):
    """Something heard from `t0` to `t1` that was written as `text[start:end]`; where that is empty, it was put in."""

    start: int
    end: int
    t0: float
    t1: float


def timed_words(text: str, sounds: Sequence[Sound]) -> tuple[WordTime, ...]:
    """Every word of `text`, from sounds in the order of speech; one that has none lasts no time.

    What was written as several words and read as one piece is spread over them. What was put in belongs to the word
    around or behind it, or else to the one before.
    """
    spans = word_spans(text)
    if not spans or not sounds:
        return ()
    upto = [0.0, *accumulate(weights(text))]
    begins, ends = [a for a, _ in spans], [b for _, b in spans]
    heard: list[tuple[float, float] | None] = [None] * len(spans)
    for (a, b), group in groupby(sounds, key=lambda sound: sound[:2]):
        pieces = list(group)
        first, last = bisect_right(ends, a), bisect_right(begins, max(a, b - 1))
        if a >= b and first and ends[first - 1] == a and first >= last:  # put in right behind a word
            first -= 1
        if first >= last:
            continue
        parts = [upto[end] - upto[begin] or 0.01 for begin, end in spans[first:last]]
        whole, t, seconds = sum(parts), pieces[0].t0, pieces[-1].t1 - pieces[0].t0
        for i, part in zip(range(first, last), parts, strict=True):
            before = heard[i]
            heard[i] = (before[0] if before else t, t + seconds * part / whole)
            t += seconds * part / whole
    return _in_order(spans, heard, sounds[0].t0)


def spread_words(text: str, seconds: float) -> tuple[WordTime, ...]:
    """Every word of `text`, where no more is known than how long the whole takes."""
    upto = [0.0, *accumulate(weights(text))]
    if not upto[-1]:
        return ()
    scale = seconds / upto[-1]
    return tuple(WordTime(a, b, upto[a] * scale, upto[b] * scale) for a, b in word_spans(text))


def _in_order(
    spans: Iterable[tuple[int, int]], heard: Iterable[tuple[float, float] | None], first: float
) -> tuple[WordTime, ...]:
    out: list[WordTime] = []
    for (a, b), times in zip(spans, heard, strict=True):
        before = out[-1].t1 if out else first
        t0 = max(before, times[0]) if times else before
        out.append(WordTime(a, b, t0, max(t0, times[1]) if times else t0))
    return tuple(out)
