"""Levenshtein distance between two sequences: the errors of a word or character error rate."""

from __future__ import annotations

from collections.abc import Sequence


def edit_distance(said: Sequence[str], heard: Sequence[str]) -> int:
    """Fewest substitutions, insertions and deletions that turn `said` into `heard`."""
    row = list(range(len(heard) + 1))
    for i, a in enumerate(said, start=1):
        diagonal, row[0] = row[0], i
        for j, b in enumerate(heard, start=1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (a != b))
    return row[-1]
