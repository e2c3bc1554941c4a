"""What is said in an evaluation: sentences and chat lines written for this project, none of them training text."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

Language = Literal["en", "zh"]
Kind = Literal["sentence", "chat"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")


@dataclass(frozen=True)
class Item:
    """One text; `index` counts within its language and kind, and never changes with `limit`."""

    id: str
    language: Language
    kind: Kind
    index: int
    text: str


def load_items(limit: int | None = None) -> list[Item]:
    """At most `limit` sentences and `limit` chat lines of each language, in file order."""
    items = []
    for language in LANGUAGES:
        items += _read(language, "sentence", f"{language}.txt", limit)
        items += _read(language, "chat", f"chat_{language}.txt", limit)
    return items


def _read(language: Language, kind: Kind, name: str, limit: int | None) -> list[Item]:
    lines = files("ishowtts.bench").joinpath("data", name).read_text(encoding="utf-8").splitlines()
    return [Item(f"{name[:-4]}-{i:02}", language, kind, i, text) for i, text in enumerate(lines[:limit])]
