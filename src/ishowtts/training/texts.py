"""What the teacher is to say: sentences, chat lines and word lists from installable packages and from files.

HSK sentences with English translations come from `hsk-sentences-audio`, words from `wordfreq` (both in the extra
`[teacher]`, data under CC-BY-SA-4.0), the chat lines from this project.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from importlib import import_module, resources, util
from pathlib import Path
from typing import Any

from ishowtts.errors import ConfigError

LANGUAGES = ("en", "zh")
SOURCES = ("hsk", "chat", "words")
_PACKAGES = {"hsk": "hsk_sentences_audio", "words": "wordfreq"}
_LONGEST = {"en": 120, "zh": 32}  # characters: more than that is over 8 s at any speed
# Ranks in the frequency list, and what a word looks like. Commoner words are in the sentences.
_WORDS = {
    "en": (range(3_000, 30_000), re.compile(r"[a-z]{4,12}")),
    "zh": (range(1_000, 20_000), re.compile(r"[一-鿿]{2,4}")),
}

_HAN = re.compile(r"[㐀-鿿]")
_LATIN = re.compile(r"[^\W\d_]")
_FOREIGN = {"en": re.compile(r"[^\x20-\x7eÀ-ÿ]"), "zh": re.compile(r"[^㐀-鿿，。！？：；、,.!?:; 0-9]")}
_MARKS = str.maketrans(
    {"“": "", "”": "", '"': "", "‘": "'", "’": "'", "—": ", ", "–": ", ", "…": ".", "(": ", ", ")": ", "}
)
_ZH_MARKS = str.maketrans("「」『』《》", "      ")


@dataclass
class Texts:
    """Of one language, in a fixed order, none twice; `words` are drawn into lists."""

    sentences: list[str] = field(default_factory=list)
    chat: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


def normal(text: str) -> str:
    """What two texts that sound the same have in common: letters and digits, one width, lower case."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def clean(line: str) -> tuple[str, str] | None:
    """A line → (language, text without quotes and brackets); None where it is empty, mixed, or over 8 s long."""
    lang = "zh" if _HAN.search(line) else "en"
    text = unicodedata.normalize("NFC", line).translate(_MARKS)
    if lang == "zh":
        text = text.translate(_ZH_MARKS)
    text = re.sub(r"\s*,(\s*,)+", ",", re.sub(r"\s+(?=[,.!?;:])", "", " ".join(text.split()))).strip(", ")
    if _FOREIGN[lang].search(text) or not _LATIN.search(text) or len(text) > _LONGEST[lang]:
        return None
    return lang, text


def collect(
    sources: Collection[str], files: Iterable[Path], refused: Iterable[str]
) -> tuple[dict[str, Texts], Counter[str]]:
    """Texts by language, and how many lines were left out and why; no text equal to one of `refused` is in it.

    Raises `ConfigError` where a package or a file is missing.
    """
    kept = {lang: Texts() for lang in LANGUAGES}
    left_out: Counter[str] = Counter()
    never = {normal(text) for text in refused}
    seen: set[str] = set()

    def add(line: str, kind: str) -> None:
        cleaned = clean(line)
        if cleaned is None:
            left_out["unspeakable, mixed or too long"] += bool(line.strip())
        elif normal(cleaned[1]) in never:
            left_out["evaluation text"] += 1
        elif normal(cleaned[1]) not in seen:
            seen.add(normal(cleaned[1]))
            getattr(kept[cleaned[0]], kind).append(cleaned[1])

    for path in files:
        for line in _lines(path):
            add(line, "sentences")
    if "hsk" in sources:
        for sentence in _need("hsk").load_sentences():
            add(sentence["chinese"], "sentences")
            add(sentence["translation"]["en"], "sentences")
    if "chat" in sources:
        for lang in LANGUAGES:
            data = resources.files("ishowtts.training").joinpath("data", f"chat_{lang}.txt")
            for line in data.read_text(encoding="utf-8").splitlines():
                add(line, "chat")
    if "words" in sources:
        for lang, (ranks, looks) in _WORDS.items():
            listed: list[str] = _need("words").top_n_list(lang, ranks.stop)
            kept[lang].words = [w for w in listed[ranks.start :] if looks.fullmatch(w) and normal(w) not in never]
    return kept, left_out


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read the texts in {path}: {error}") from error


def _need(source: str) -> Any:
    name = _PACKAGES[source]
    if util.find_spec(name) is None:
        package = name.replace("_", "-")
        raise ConfigError(f"not installed: {package}. pip install 'ishowtts[teacher]', or --sources without {source}")
    return import_module(name)
