"""When each character is said, in the words of ElevenLabs: of the text as it came, and as it was spoken. Estimates."""

from __future__ import annotations

from itertools import accumulate, pairwise

from pydantic import BaseModel

from ishowtts.synthesis.speak import Chunk
from ishowtts.text.clean import trace
from ishowtts.text.segments import weights

Times = list[tuple[float, float]]


class Alignment(BaseModel):
    """Three lists of one length; seconds are from the start of the speech."""

    characters: list[str] = []
    character_start_times_seconds: list[float] = []
    character_end_times_seconds: list[float] = []

    def add(self, text: str, times: Times) -> None:
        self.characters += text
        self.character_start_times_seconds += [round(start, 3) for start, _ in times]
        self.character_end_times_seconds += [round(end, 3) for _, end in times]

    def extend(self, part: Alignment) -> None:
        self.characters += part.characters
        self.character_start_times_seconds += part.character_start_times_seconds
        self.character_end_times_seconds += part.character_end_times_seconds


class Aligner:
    """Takes the chunks of a speech in order; each returns its part of both alignments."""

    def __init__(self, original: str) -> None:
        self._cleaned = trace(original)
        self._spoken = 0  # characters of the cleaned text
        self._written = 0  # characters of the original

    def align(self, chunk: Chunk) -> tuple[Alignment, Alignment]:
        """(of the original, of what was spoken). The parts of all chunks together hold every character of each."""
        cleaned, first, begin = self._cleaned, self._written, self._spoken
        text = cleaned.text
        said = text.index(chunk.text, begin)
        last = chunk.index == chunk.segments - 1
        self._spoken = len(text) if last else said + len(chunk.text)
        self._written = len(cleaned.original) if last else cleaned.ends[self._spoken - 1]
        end = chunk.t0 + chunk.duration
        # What stands between two segments, and after the last, takes no time.
        times = [
            *[(chunk.t0, chunk.t0)] * (said - begin),
            *_spread(chunk.text, chunk.t0, chunk.duration),
            *[(end, end)] * (self._spoken - said - len(chunk.text)),
        ]
        original, normalized = Alignment(), Alignment()
        original.add(cleaned.original[first : self._written], self._times_of(first, begin, times))
        normalized.add(text[begin : self._spoken], times)
        return original, normalized

    def _times_of(self, first: int, begin: int, times: Times) -> Times:
        """Of the original's characters from `first` on; one that was left out is said in no time, after the last."""
        starts, ends = self._cleaned.starts, self._cleaned.ends
        out: Times = []
        at, before = 0, times[0][0]
        for position in range(first, self._written):
            while at < len(times) and ends[begin + at] <= position:
                before = times[at][1]
                at += 1
            if at < len(times) and starts[begin + at] == position:
                before = times[at][1]
                out.append(times[at])
            else:
                out.append((before, before))
        return out


def _spread(text: str, t0: float, seconds: float) -> Times:
    upto = [0.0, *accumulate(weights(text))]
    scale = seconds / (upto[-1] or 1.0)
    return [(t0 + scale * a, t0 + scale * b) for a, b in pairwise(upto)]
