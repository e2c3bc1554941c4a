"""Text as the teacher reads it: English by hibari-tts, Mandarin by misaki, each loaded at its first use."""

from __future__ import annotations

from functools import cache
from typing import Any

from ishowtts.text.phonemes import load_english, load_mandarin


def read(text: str, lang: str, british: bool = False) -> str:
    """Phonemes (misaki/Kokoro IPA) of a sentence; `lang` is "en" or "zh"."""
    return str(_reader(lang, british and lang == "en")(text))


@cache
def _reader(lang: str, british: bool) -> Any:
    return load_mandarin() if lang == "zh" else load_english(british)
