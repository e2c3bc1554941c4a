"""One measured clip: what was to be said and by whom, and what was found."""

from __future__ import annotations

from dataclasses import dataclass

from ishowtts.bench.texts import Kind, Language


@dataclass(frozen=True)
class Clip:
    """A measure that was not asked for, or makes no sense for this kind of clip, is None.

    `errors` of `length` are words (en) or characters (zh); `nfe` is None where nothing was sampled.
    """

    id: str
    nfe: int | None
    language: Language
    kind: Kind
    voice: str
    text: str
    audio_seconds: float
    wall_seconds: float | None = None
    cpu_seconds: float | None = None
    heard: str | None = None
    errors: int | None = None
    length: int | None = None
    whole: bool | None = None
    similarity: float | None = None
    mos: float | None = None
