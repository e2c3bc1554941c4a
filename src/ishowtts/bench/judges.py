"""The measuring models, each loaded at its first use, and their answers kept."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from ishowtts.audio.resample import resample
from ishowtts.bench import asr, english, mandarin, mos, speaker
from ishowtts.bench.cache import Cache, Sound
from ishowtts.bench.edits import edit_distance
from ishowtts.bench.texts import Kind, Language

Measure = Literal["wer", "similarity", "mos"]
MEASURES: tuple[Measure, ...] = ("wer", "similarity", "mos")
NAMES = {"wer": asr.NAME, "similarity": speaker.NAME, "mos": mos.NAME}
_RATE = 16_000
_SHORTEST = 0.3  # seconds; below, an embedding says nothing


@dataclass(frozen=True)
class Findings:
    """The measured part of a `Clip`."""

    heard: str | None = None
    errors: int | None = None
    length: int | None = None
    whole: bool | None = None
    similarity: float | None = None
    mos: float | None = None


def compare(text: str, heard: str, language: Language) -> tuple[int, int, bool]:
    """Errors, length of `text`, and whether it was said whole: the same words, or in Mandarin the same toneless
    syllables, since a recogniser cannot tell homophones apart in a line of two characters."""
    if language == "en":
        said, got = english.words(text), english.words(heard)
        return edit_distance(said, got), len(said), said == got
    said, got = mandarin.characters(text), mandarin.characters(heard)
    return edit_distance(said, got), len(said), mandarin.syllables(text) == mandarin.syllables(heard)


class Judges:
    def __init__(self, cache: Cache, measures: Collection[Measure], threads: int) -> None:
        self.cache = cache
        self.measures = frozenset(measures)
        self.threads = threads

    @cached_property
    def _recogniser(self) -> asr.Recogniser:
        return asr.Recogniser(self.cache.folder, self.threads)

    @cached_property
    def _embedder(self) -> speaker.Embedder:
        return speaker.Embedder()

    @cached_property
    def _rater(self) -> mos.Rater:
        return mos.Rater()

    def judge(self, sound: Sound, text: str, language: Language, kind: Kind, like: Sound | None) -> Findings:
        """Chat lines are only listened to: a voice and its naturalness need more than a second. `like` is who it
        should be; None compares the two halves of the clip."""
        found = Findings()
        if "wer" in self.measures:
            heard = self.hear(sound, language)
            errors, length, whole = compare(text, heard, language)
            found = Findings(heard, errors, length, whole)
        if kind == "chat":
            return found
        similarity = self.similarity(sound, like) if "similarity" in self.measures else None
        score = self.rate(sound) if "mos" in self.measures else None
        return Findings(found.heard, found.errors, found.length, found.whole, similarity, score)

    def hear(self, sound: Sound, language: Language) -> str:
        key = {"model": asr.NAME, "sound": sound.digest, "rate": sound.sample_rate, "language": language}
        return str(self.cache.value(key, lambda: self._recogniser.hear(_at_16k(sound), language)))

    def rate(self, sound: Sound) -> float:
        key = {"model": mos.NAME, "sound": sound.digest, "rate": sound.sample_rate}
        return float(self.cache.value(key, lambda: self._rater.rate(_at_16k(sound))))

    def similarity(self, sound: Sound, like: Sound | None) -> float | None:
        if like is None:
            middle = len(sound.pcm) // 2
            like = Sound(sound.pcm[middle:], sound.sample_rate)
            sound = Sound(sound.pcm[:middle], sound.sample_rate)
        if min(sound.seconds, like.seconds) < _SHORTEST:
            return None
        return speaker.similarity(self._embed(sound), self._embed(like))

    def _embed(self, sound: Sound) -> list[float]:
        key = {"model": speaker.NAME, "sound": sound.digest, "rate": sound.sample_rate}
        return list(self.cache.value(key, lambda: self._embedder.embed(_at_16k(sound))))


def _at_16k(sound: Sound) -> np.ndarray:
    return resample(sound.pcm, sound.sample_rate, _RATE)
