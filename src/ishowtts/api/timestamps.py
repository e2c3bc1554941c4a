"""When words and characters are said, as answers tell it. Places count code points of the caller's text."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Field

from ishowtts.errors import InvalidRequest
from ishowtts.synthesis.speak import Chunk
from ishowtts.text.timing import WordTime, spread_words

Detail = Literal["none", "segment", "word"]
Times = list[tuple[float, float]]

Timestamps = Annotated[
    Detail | None,
    Field(
        description="For events. `segment`: `span` says where in your text, in code points, a segment was. `word`: "
        "`words` says that of each word too, and from when to when it is heard, in estimated seconds from the start."
    ),
]


def detail_for(wish: Detail | None, *, events: bool, default: Detail) -> Detail:
    """Raises `InvalidRequest` where an answer without events is asked for timestamps: a file cannot hold them."""
    if wish in ("segment", "word") and not events:
        raise InvalidRequest("`timestamps` come with events: ask for a stream of those too.", param="timestamps")
    return wish or default


def timing(original: str, chunk: Chunk, detail: Detail) -> dict[str, Any]:
    """What a chunk's event says beside its sound; seconds to the millisecond."""
    if detail == "none":
        return {}
    if detail == "segment":
        return {"span": list(chunk.span)}
    words = [
        {"text": original[a:b], "start": a, "end": b, "t0": round(t0, 3), "t1": round(t1, 3)}
        for a, b, t0, t1 in chunk.words
    ]
    return {"span": list(chunk.span), "words": words, "estimated": True}


def character_times(text: str, start: int, end: int, chunk: Chunk, clock: float = 0.0) -> Times:
    """(begin, end) in seconds of the speech for each of the characters `start` to `end` of `text`, in order.

    A word's time is shared by its characters, a pause by the marks and spaces there if any. `chunk` speaks them;
    `clock` is when the one before `start` ended.
    """
    last = chunk.t0 + chunk.duration
    words = [word for word in chunk.words if start <= word.start and word.end <= end]
    if not words:  # the engine did not say
        spread = spread_words(text[start:end], max(0.0, last - clock))
        words = [WordTime(start + a, start + b, clock + t0, clock + t1) for a, b, t0, t1 in spread]
    edges = [(start, clock)]
    for word in words:
        clock = max(clock, word.t0)
        edges.append((word.start, clock))
        clock = max(clock, word.t1)
        edges.append((word.end, clock))
    edges.append((end, max(clock, last) if end > edges[-1][0] else clock))
    out: Times = []
    for (a, t0), (b, t1) in pairwise(edges):
        each = (t1 - t0) / (b - a) if b > a else 0.0
        out += [(t0 + i * each, t0 + (i + 1) * each) for i in range(b - a)]
    return out
