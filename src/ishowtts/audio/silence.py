"""Long pauses made short, for listeners who would rather have the next message."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ishowtts.audio.activity import frame_length, speech_frames
from ishowtts.audio.fade import cross_fade

LONGEST_PAUSE = 0.25
"""Seconds: a pause between clauses is 0.15 to 0.3; a longer one is waiting."""
SEAM_SECONDS = 0.01


Cut = tuple[int, int]
"""What is taken out: first and past-the-last sample."""


def shorten(pcm: np.ndarray, sample_rate: int) -> np.ndarray:
    """Cut every pause of (samples,) down to `LONGEST_PAUSE`, edges too; speech is untouched, a silent clip as well."""
    return without(pcm, long_pauses(pcm, sample_rate), sample_rate)


def long_pauses(pcm: np.ndarray, sample_rate: int) -> list[Cut]:
    """What `shorten` takes out, in order."""
    spoken = speech_frames(pcm, sample_rate)
    if not spoken.any():
        return []
    keep = round(LONGEST_PAUSE * sample_rate)
    # The middle goes: the ends of a pause hold the decay of one word and the breath before the next.
    return [
        (start + keep // 2, end - (keep - keep // 2))
        for start, end in _pauses(spoken, frame_length(sample_rate), pcm.size)
        if end - start > keep
    ]


def without(pcm: np.ndarray, cuts: Sequence[Cut], sample_rate: int) -> np.ndarray:
    """(samples,) without the cuts of `long_pauses`, each seam faded."""
    if not cuts:
        return pcm
    half = round(SEAM_SECONDS * sample_rate) // 2
    parts: list[np.ndarray] = []
    done = 0
    for left, right in cuts:
        parts.append(pcm[done : left - half])
        parts.append(cross_fade(pcm[left - half : left + half], pcm[right - half : right + half]))
        done = right + half
    parts.append(pcm[done:])
    return np.concatenate(parts).astype(np.float32, copy=False)


def _pauses(spoken: np.ndarray, frame: int, samples: int) -> list[tuple[int, int]]:
    """Runs of unspoken frames as (first, past-the-last) samples."""
    edges = np.flatnonzero(np.diff(np.concatenate([[True], spoken, [True]]).astype(np.int8)))
    return [(int(a) * frame, min(int(b) * frame, samples)) for a, b in edges.reshape(-1, 2)]
