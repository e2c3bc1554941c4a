"""Does speech say its text? It does if no recording of another text by the same speaker is nearer to it than its own.

MFCCs and time warping: a measure for models that no recogniser understands yet. It needs mels only, no sound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

NAME = "MFCC 1-13 of the mel, standardised over the recordings; Euclidean distance along the best warping, a frame"
_COEFFICIENTS = np.arange(1, 14)  # without loudness


@dataclass(frozen=True)
class Nearest:
    """`rank` 1: its own recording is the nearest. `own` and `others` (a mean) are distances."""

    rank: int
    own: float
    others: float


def place(made: np.ndarray, recordings: Sequence[np.ndarray], own: int) -> Nearest:
    """Where the recording `own` is among `recordings` by distance from `made`; all are log-mels (frames, bands)."""
    features = [_mfcc(mel) for mel in recordings]
    every = np.concatenate(features)
    mean, spread = every.mean(0), every.std(0) + 1e-6
    mine = (_mfcc(made) - mean) / spread
    distances = np.array([_distance(mine, (f - mean) / spread) for f in features])
    others = np.delete(distances, own)
    return Nearest(1 + int((others < distances[own]).sum()), float(distances[own]), float(others.mean()))


def _mfcc(log_mel: np.ndarray) -> np.ndarray:
    bands = log_mel.shape[1]
    basis = np.cos(np.pi / bands * (np.arange(bands) + 0.5)[:, None] * _COEFFICIENTS)
    coefficients: np.ndarray = log_mel.astype(np.float64) @ basis
    return coefficients


def _distance(a: np.ndarray, b: np.ndarray) -> float:
    """(n, k) and (m, k) → the least sum of distances over all warpings, by the frames of both."""
    cost = np.linalg.norm(a[:, None] - b[None], axis=-1)
    best = np.full(len(b) + 1, np.inf)
    best[0] = 0.0
    for row in cost:
        entered = np.minimum(best[1:], best[:-1])  # a step in `a`, or in both; then any number of steps in `b`
        along = row.cumsum()
        best[1:] = along + np.minimum.accumulate(entered - (along - row))
        best[0] = np.inf
    return float(best[-1]) / (len(a) + len(b))
