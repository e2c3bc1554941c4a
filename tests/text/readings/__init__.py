"""Lines of chat and news with how a good reader says them, and how a reading is compared with that."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from ishowtts.text.language import HAN, Language

TABLES = ("zh", "en", "mixed", "held_out")
"""`held_out` was written when the rules were done: at the first try 92 of its 102 lines were right."""
HINTS: dict[str, Language | None] = {"zh": "zh", "en": "en", "mixed": None, "held_out": None}
"""The language of the voice that reads a table."""
_MARKS = re.compile(r"[^\w\s'’]|_")
_APOSTROPHE = re.compile(r"['’]")
_BESIDE_HAN = re.compile(f"(?<=[{HAN}])\\s+|\\s+(?=[{HAN}])")


class Case(NamedTuple):
    """`readings` are all as good; an empty one: nothing is said."""

    table: str
    group: str
    written: str
    readings: tuple[str, ...]


def cases(table: str) -> list[Case]:
    """A line without a tab names the group of those after it."""
    out, group = [], ""
    for line in (Path(__file__).parent / f"{table}.tsv").read_text("utf-8").splitlines():
        written, *readings = line.split("\t")
        if readings:
            out.append(Case(table, group, written.replace("\\n", "\n"), tuple(readings)))
        elif line.strip():
            group = line.strip()
    return out


def key(reading: str) -> str:
    """Words alone: marks, capitals and spaces beside Chinese characters make no other reading."""
    words = " ".join(_MARKS.sub(" ", _APOSTROPHE.sub("", reading)).casefold().split())
    return _BESIDE_HAN.sub("", words)


def right(case: Case, spoken: str) -> bool:
    return key(spoken) in {key(reading) for reading in case.readings}
