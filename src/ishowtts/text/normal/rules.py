"""What a normalisation is asked to do; what is left open is as a person would read it to a stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LinkRule = Literal["skip", "host", "spell"]
EmojiRule = Literal["skip", "name"]


@dataclass(frozen=True, slots=True)
class Rules:
    """Hashable: what is compiled from it is kept."""

    links: LinkRule = "host"
    """Addresses: left out, their host alone, or sign by sign."""
    emoji: EmojiRule = "skip"
    slang: bool = True
    """666, awsl, lol and others of the lists of the two languages."""
    lexicon: tuple[tuple[str, str], ...] = ()
    """Written, spoken: before any other rule. Latin on word bounds and in any case, Chinese anywhere."""


USUAL = Rules()
