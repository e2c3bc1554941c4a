"""Text as the teacher reads it: English by hibari-tts, Mandarin by misaki, each loaded at its first use."""

from __future__ import annotations

from functools import cache

from ishowtts.text.readers import English, Mandarin, Reader


def read(text: str, lang: str, british: bool = False) -> str:
    """Phonemes (misaki/Kokoro IPA) of a sentence; `lang` is "en" or "zh"."""
    return _reader(lang, british and lang == "en")(text)


@cache
def _reader(lang: str, british: bool) -> Reader:
    return Mandarin() if lang == "zh" else English(british)
