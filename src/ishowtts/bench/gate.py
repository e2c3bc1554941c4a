"""The floors a voice must reach to ship, and what we aim for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ishowtts.bench.quality import Figures
from ishowtts.bench.texts import Language


@dataclass(frozen=True)
class Floor:
    """`field` of `Figures`, of one language or over all (None); an upper bound where `at_most`."""

    name: str
    field: str
    language: Language | None
    floor: float
    aim: float
    at_most: bool = False

    def reached(self, value: float) -> bool:
        return value <= self.floor if self.at_most else value >= self.floor


@dataclass(frozen=True)
class Check:
    """One floor against one value."""

    floor: Floor
    nfe: int | None
    value: float

    @property
    def passed(self) -> bool:
        return self.floor.reached(self.value)


FLOORS = (
    Floor("English WER", "error_rate", "en", 0.15, 0.05, at_most=True),
    Floor("Mandarin CER", "error_rate", "zh", 0.15, 0.06, at_most=True),
    Floor("similarity, English", "similarity", "en", 0.70, 0.85),
    Floor("similarity, Mandarin", "similarity", "zh", 0.70, 0.85),
    Floor("DistillMOS, English", "mos", "en", 3.3, 4.0),
    Floor("DistillMOS, Mandarin", "mos", "zh", 3.3, 4.0),
    Floor("chat lines said whole", "whole", None, 0.85, 0.97),
    Floor("RTF", "rtf", None, 0.6, 0.25, at_most=True),
)
GATED_NFE = 7


def check(rows: Sequence[Figures]) -> list[Check]:
    """The floors against NFE 7, or the first NFE measured; what was not measured is left out."""
    if not rows:
        return []
    nfe = GATED_NFE if any(row.nfe == GATED_NFE for row in rows) else rows[0].nfe
    same = [row for row in rows if row.nfe == nfe]
    checks = []
    for floor in FLOORS:
        wanted = [r for r in same if r.language == floor.language] or (same if floor.language is None else [])
        value = getattr(wanted[0], floor.field) if wanted else None
        if value is not None:
            checks.append(Check(floor, nfe, value))
    return checks
