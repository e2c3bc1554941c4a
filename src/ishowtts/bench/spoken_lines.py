"""Lines whose text path is measured: chat of one to five words, and numbers as chat has them, each with a reading."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

from ishowtts.bench.texts import Language

GROUPS = ("short_en", "short_zh", "numbers_en", "numbers_zh", "numbers_mixed")


@dataclass(frozen=True)
class Line:
    """`readings` are what a person might say for `text`; `language` is whose voice says it and who listens to it."""

    id: str
    index: int
    """Among all lines; the same whatever the limit."""
    group: str
    language: Language
    text: str
    readings: tuple[str, ...]


def load_lines(limit: int | None = None) -> list[Line]:
    """At most `limit` of each group, in file order."""
    lines: list[Line] = []
    start = 0
    for group in GROUPS:
        kind, _, name = group.partition("_")
        rows = [(text, (text,)) for text in _read(f"{group}.txt")] if kind == "short" else _numbers(name)
        language: Language = "en" if name == "en" else "zh"
        lines += [Line(f"{group}-{i:02}", start + i, group, language, *row) for i, row in enumerate(rows[:limit])]
        start += len(rows)
    return lines


def _numbers(name: str) -> list[tuple[str, tuple[str, ...]]]:
    rows = [row.split("\t") for row in _read("numbers.tsv")]
    return [(text, tuple(readings)) for kind, text, *readings in rows if kind == name]


def _read(name: str) -> list[str]:
    return files("ishowtts.bench").joinpath("data", name).read_text(encoding="utf-8").splitlines()
