"""When each character is said, in the words of ElevenLabs: of the text as it came, and as it was spoken. Estimates."""

from __future__ import annotations

from dataclasses import replace

from pydantic import BaseModel

from ishowtts.api.timestamps import Times, character_times
from ishowtts.synthesis.speak import Chunk
from ishowtts.text.clean import trace


class Alignment(BaseModel):
    """Three lists of one length; seconds are from the start of the speech."""

    characters: list[str] = []
    character_start_times_seconds: list[float] = []
    character_end_times_seconds: list[float] = []

    def add(self, text: str, times: Times, since: float = 0.0) -> float:
        """Returns the last end; no time is before the one that was told before it, nor before `since`."""
        self.characters += text
        for start, end in times:  # equal times may differ in their last bit, and round to either side
            since = max(since, round(start, 3))
            self.character_start_times_seconds.append(since)
            since = max(since, round(end, 3))
            self.character_end_times_seconds.append(since)
        return since

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
        self._clock = 0.0
        self._told = 0.0, 0.0

    def align(self, chunk: Chunk) -> tuple[Alignment, Alignment]:
        """(of the original, of what was spoken). The parts of all chunks together hold every character of each."""
        cleaned, first, begin = self._cleaned, self._written, self._spoken
        text = cleaned.text
        last = chunk.index == chunk.segments - 1
        self._spoken = len(text) if last else text.index(chunk.text, begin) + len(chunk.text)
        self._written = len(cleaned.original) if last else cleaned.ends[self._spoken - 1]
        times = character_times(cleaned.original, first, self._written, chunk, self._clock)
        original, normalized = Alignment(), Alignment()
        if chunk.said:
            read, said = self._read(chunk)
        else:
            read = text[begin : self._spoken]
            said = [self._said(k, first, times) for k in range(begin, self._spoken)]
        self._told = (
            original.add(cleaned.original[first : self._written], times, self._told[0]),
            normalized.add(read, said, self._told[1]),
        )
        self._clock = times[-1][1] if times else self._clock
        return original, normalized

    def _read(self, chunk: Chunk) -> tuple[str, Times]:
        """What was said otherwise than it is written, from the words of that."""
        gap = " " if chunk.index and chunk.said.isascii() else ""
        text = gap + chunk.said
        words = [word._replace(start=word.start + len(gap), end=word.end + len(gap)) for word in chunk.said_words]
        return text, character_times(text, 0, len(text), replace(chunk, words=tuple(words)), self._clock)

    def _said(self, spoken: int, first: int, times: Times) -> tuple[float, float]:
        """When a character of the cleaned text is, with what was left out behind it; one put in takes no time."""
        following = self._cleaned.starts[spoken + 1] if spoken + 1 < self._spoken else self._written
        start, end = self._cleaned.starts[spoken] - first, following - first
        if start < end:
            return times[start][0], times[end - 1][1]
        at = times[start - 1][1] if start else self._clock
        return at, at
