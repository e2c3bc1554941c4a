"""What is wrong with a piece of made speech, as far as its samples and its planned length can tell.

A model that samples fails now and then: silence, noise at full scale, half of the words. Another seed mends most of it.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from ishowtts.audio.activity import FRAME_SECONDS, speech_frames, speech_span
from ishowtts.audio.fade import fade_in

Flaw = Literal["empty", "not_finite", "silent", "clipped", "too_short", "too_long"]
UNUSABLE: frozenset[Flaw] = frozenset(("empty", "not_finite", "silent"))
"""What nobody is served with; the others are better than no sound."""

QUIET = 10 ** (-50 / 20)
"""A peak below is silence: speech of any voice here peaks 30 dB higher."""
FLAT, FLAT_RUN, FLAT_SHARE = 0.9999, 4, 0.002
"""Clipped: this share of the samples stands within 0.01 % of the peak, so many in a row. No wave does by itself."""
SHORTEST_PLAN = 0.6
"""Seconds; of less, a stop consonant is half."""
LEAST, MOST = 0.4, 2.0
"""Parts of the planned speech that may be heard."""

LONGEST_LEAK, LEAK_BEGINS, LEAK_GAP = 0.25, 0.03, 0.12
"""Seconds: the end of the reference that a model repeats is so short, there at once, and then there is nothing."""
LEAST_AFTER_LEAK = 0.8
_FADE = 0.005


def flaw(pcm: np.ndarray, sample_rate: int, planned_seconds: float | None = None) -> Flaw | None:
    """The worst of what (samples,) float has; `planned_seconds` of speech in it, None if nobody knows."""
    if pcm.size == 0:
        return "empty"
    if not np.isfinite(pcm).all():
        return "not_finite"
    size = np.abs(pcm)
    peak = float(size.max())
    spoken = speech_span(pcm, sample_rate)
    if peak < QUIET or spoken is None:
        return "silent"
    if _flat_samples(size >= FLAT * peak) > max(FLAT_RUN, FLAT_SHARE * pcm.size):
        return "clipped"
    if planned_seconds is not None and planned_seconds >= SHORTEST_PLAN:
        heard = float(speech_frames(pcm, sample_rate).sum()) * FRAME_SECONDS
        if heard < LEAST * planned_seconds:
            return "too_short"
        if (spoken[1] - spoken[0]) / sample_rate > MOST * planned_seconds + SHORTEST_PLAN:
            return "too_long"
    return None


def _flat_samples(at_peak: np.ndarray) -> int:
    """How many are in runs of at least `FLAT_RUN`."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], at_peak, [False]]).astype(np.int8)))
    lengths = edges[1::2] - edges[::2]
    return int(lengths[lengths >= FLAT_RUN].sum())


def without_leak(pcm: np.ndarray, sample_rate: int, first_clause_seconds: float) -> np.ndarray:
    """(samples,) with a leak of the reference at its beginning made silent; as it is where there is none.

    A short first clause ("No, thanks") looks the same, so nothing is touched unless it takes `LEAST_AFTER_LEAK`.
    """
    if first_clause_seconds < LEAST_AFTER_LEAK:
        return pcm
    spoken = speech_frames(pcm[: round(2 * sample_rate)], sample_rate)
    starts = np.flatnonzero(np.diff(np.concatenate([[False], spoken]).astype(np.int8)) == 1)
    if starts.size < 2 or starts[0] * FRAME_SECONDS > LEAK_BEGINS:
        return pcm
    ends = np.flatnonzero(np.diff(np.concatenate([spoken, [False]]).astype(np.int8)) == -1) + 1
    burst, gap = (ends[0] - starts[0]) * FRAME_SECONDS, (starts[1] - ends[0]) * FRAME_SECONDS
    if burst > LONGEST_LEAK or gap < LEAK_GAP:
        return pcm
    edge, fade = round(starts[1] * FRAME_SECONDS * sample_rate), round(_FADE * sample_rate)
    clean = pcm.copy()
    clean[: edge - fade] = 0
    clean[edge - fade : edge] *= fade_in(fade)
    return clean
