"""How far planned word times are from what is heard: from the sound's own onsets, and from a recogniser's words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

import numpy as np

from ishowtts.audio.activity import FRAME_SECONDS, speech_frames
from ishowtts.bench import english
from ishowtts.text.timing import WordTime

SHORTEST_PAUSE = 0.04  # seconds; the closure of a stop consonant is shorter, mostly
FARTHEST = 0.5
"""Seconds: an onset farther away is that of something else."""
_MARKS = frozenset(",.;:!?，。！？；：、")

Heard = tuple[str, float]
"""A word, and when it begins."""


@dataclass(frozen=True)
class Errors:
    """Seconds by which words were planned too late (below 0: too early)."""

    values: tuple[float, ...]

    @property
    def bias(self) -> float:
        return float(np.median(self.values))

    def spread(self, share: float, without_bias: bool = False) -> float:
        """The error that this share of the words stays within."""
        return float(np.quantile(np.abs(np.array(self.values) - (self.bias if without_bias else 0.0)), share))

    def line(self, name: str) -> str:
        if not self.values:
            return f"{name}: nothing to compare"
        plain, centred = ([1000 * self.spread(share, centre) for share in (0.5, 0.9)] for centre in (False, True))
        return (
            f"{name}: {len(self.values)} words, median {plain[0]:.0f} ms, 90 % within {plain[1]:.0f} ms; "
            f"bias {1000 * self.bias:+.0f} ms, without it {centred[0]:.0f} and {centred[1]:.0f} ms"
        )


def first_onset(pcm: np.ndarray, sample_rate: int, times: Sequence[WordTime]) -> list[float]:
    """Error of the first word, if anything is heard and planned."""
    runs = _spoken(pcm, sample_rate)
    return [times[0].t0 - runs[0][0]] if runs and times else []


def inner_onsets(pcm: np.ndarray, sample_rate: int, text: str, times: Sequence[WordTime]) -> list[float]:
    """Errors of words that follow a mark, where a pause is heard near: each against the nearest end of a pause."""
    runs = _spoken(pcm, sample_rate)
    onsets = [after[0] for before, after in pairwise(runs) if after[0] - before[1] >= SHORTEST_PAUSE]
    out = []
    for before, word in pairwise(times):
        if _MARKS & set(text[before.end : word.start]):
            near = [word.t0 - onset for onset in onsets if abs(word.t0 - onset) < FARTHEST]
            out += [min(near, key=abs)] if near else []
    return out


def heard_words(text: str, times: Sequence[WordTime], heard: Sequence[Heard]) -> list[float]:
    """Errors of the English words that a recogniser heard as they were written."""
    ours = [" ".join(english.words(text[time.start : time.end])) for time in times]
    theirs = [" ".join(english.words(word)) for word, _ in heard]
    blocks = SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks()
    return [times[a + i].t0 - heard[b + i][1] for a, b, size in blocks for i in range(size)]


def _spoken(pcm: np.ndarray, sample_rate: int) -> list[tuple[float, float]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], speech_frames(pcm, sample_rate), [False]]).astype(np.int8)))
    return [(float(a) * FRAME_SECONDS, float(b) * FRAME_SECONDS) for a, b in edges.reshape(-1, 2)]
