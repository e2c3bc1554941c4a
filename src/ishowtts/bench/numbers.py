"""Percentiles and ratios, as every table of a benchmark means them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from statistics import median
from typing import TypeVar

K = TypeVar("K", bound=Hashable)


def quantile(values: Sequence[float], q: float) -> float:
    """Linear between neighbours; `q` from 0 to 1. Raises `ValueError` for no values."""
    if not values:
        raise ValueError("no values, no quantile")
    ordered = sorted(values)
    at = q * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


def speedup(base: Mapping[K, float], own: Mapping[K, float]) -> float | None:
    """Median of base / own over the keys that both have: pairs were measured one after the other, and share the
    weather of the machine."""
    ratios = [base[key] / own[key] for key in base.keys() & own.keys()]
    return median(ratios) if ratios else None
