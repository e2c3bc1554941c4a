"""English, Mandarin and mixed text → phoneme symbols (misaki/Kokoro IPA), the alphabet f5-mini was trained on.

The readers (hibari-tts for English, misaki for Mandarin) are loaded at the first use of each and then shared; one lock
guards them, since neither says that it may be called from two threads.
"""

from __future__ import annotations

import logging
import os
import re
import threading
import unicodedata
import warnings
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from ishowtts.text.language import runs
from ishowtts.text.numbers_zh import spell_numbers

log = logging.getLogger(__name__)

SOUNDS = frozenset("AIOQTWYabdefhijklmnopstuvwxyzæðŋɐɑɒɔɕəɚɛɜɡɤɥɨɪɹɻʂʃʊʌʒʤʦʧʨθᵊᵻꭧ")
SYMBOLS = SOUNDS | frozenset(" ,.:;!?ˈˌːʰ→↗↓↘")
"""What the training speech contains. The teacher's alphabet has more, but a symbol never heard is noise."""

_CHUNK = 300  # characters read at once: the readers take more than linear time
_LONGEST_WORD = 40
_FOLD = {"…": ".", "—": ",", "(": ",", ")": ",", "“": "", "”": "", '"': ""}
_FOLDED = re.compile('[…—()“”"]')
_LONG_WORD = re.compile(rf"(\S{{{_LONGEST_WORD}}})(?=\S)")
_REPEATED_MARK = re.compile(r"([^\w\s])\1+")
_ELLIPSIS = re.compile(r"\.{2,}|…+|。{2,}")
_CHUNKS = re.compile(rf"(?s).{{1,{_CHUNK}}}(?:(?<=\s)|$)|.{{{_CHUNK}}}")
_ACRONYM = re.compile(r"(?<![A-Za-z])[A-Z]{2,3}(?![A-Za-z'’])")
_SHOUTED = frozenset({"YES", "NO", "GO", "WOW", "HI", "HEY", "BYE", "NEW", "HOT", "THE", "AND", "YOU", "ME", "MY"})
_FULL_WIDTH = {c: c - 0xFEE0 for c in [*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)]}
_ASCII_MARKS = str.maketrans("，。！？：；、（）～~", ",.!?:;,()  ") | str.maketrans({"[": " (", "]": ") "})
_ZH_MARKS = str.maketrans("‘’『』〈〉〇～~", "“”“”“”零  ")
_SPACE_BEFORE_MARK = re.compile(r"\s+(?=[,.:;!?])")

_lock = threading.RLock()
_readers: dict[str, Any] = {}


def phonemize(text: str) -> list[str]:
    """Symbols of `text`, each in `SYMBOLS`; empty if nothing in it can be spoken. Any string is allowed."""
    return list(_phonemize(text))


def warm_up() -> None:
    """Load both readers (about 3 s), so that the first text is not the slow one."""
    _phonemize.__wrapped__("xyzzyq 好")  # no word of English: the reader's net for those is loaded as well


@lru_cache(maxsize=256)
def _phonemize(text: str) -> tuple[str, ...]:
    text = unicodedata.normalize("NFC", text).translate(_FULL_WIDTH)
    text = _REPEATED_MARK.sub(r"\1", _ELLIPSIS.sub("… ", text))
    parts = runs(text)
    mixed = len(parts) > 1
    read = []
    with _lock:
        for language, run in parts:
            for chunk in _CHUNKS.findall(_LONG_WORD.sub(r"\1 ", run) if language == "en" else run):
                read.append(_read_zh(chunk) if language == "zh" else _read_en(chunk, mixed))
    return _tidy(" ".join(read))


def _tidy(phonemes: str) -> tuple[str, ...]:
    """Only known symbols; one mark at a time, with a space after and none before it; no mark at the start."""
    phonemes = _FOLDED.sub(lambda m: _FOLD[m[0]], phonemes)
    phonemes = "".join(c for c in phonemes if c in SYMBOLS)
    phonemes = _SPACE_BEFORE_MARK.sub("", re.sub(" +", " ", phonemes))
    phonemes = re.sub(r"([,:;]+)([.!?,:;])", r"\2", phonemes)
    phonemes = re.sub(r"([.!?,:;])[.,:;]+", r"\1", phonemes).strip().lstrip(",.:;!? ")
    phonemes = re.sub(r"([,.:;!?])(?=\w)", r"\1 ", phonemes)
    return tuple(phonemes) if any(c in SOUNDS for c in phonemes) else ()


def _read_en(text: str, spell: bool) -> str:
    g2p = _reader("en", load_english)
    text = text.translate(_ASCII_MARKS)  # no square brackets: `[word](/phonemes/)` is the reader's own markup
    if spell:
        text = _ACRONYM.sub(lambda m: _spelled(m[0], g2p), text)
    spoken = _or_nothing(g2p, text)
    if spoken is None:  # its number tables end at 10^36: read long numbers digit by digit
        text = re.sub(r"(?<=\d)[,.]?(?=\d)", " ", text)
        spoken = " ".join(filter(None, (_or_left_out(g2p, word) for word in text.split())))
    return spoken


def _spelled(acronym: str, g2p: Any) -> str:
    """IT in Chinese text is two letters, but WOW is a word. Longer ones the reader spells where it knows no word."""
    phonemes = None if acronym in _SHOUTED else g2p.lexicon.get_NNP(acronym)[0]
    return f"[{acronym}](/{phonemes}/)" if phonemes else acronym


def _read_zh(text: str) -> str:
    g2p = _reader("zh", load_mandarin)
    text = spell_numbers(text.translate(_ZH_MARKS))
    spoken = _or_nothing(g2p, text)
    if spoken is None:
        spoken = "".join(_or_left_out(g2p, c) for c in text)
    return spoken


def _or_nothing(g2p: Callable[[str], str], text: str) -> str | None:
    try:
        return str(g2p(text))
    except Exception:
        return None


def _or_left_out(g2p: Callable[[str], str], piece: str) -> str:
    """Better a word missing than a message; but it is said. Without the word: what viewers write is not logged."""
    spoken = _or_nothing(g2p, piece)
    if spoken is None:
        log.warning("a piece of %d characters cannot be read and is left out", len(piece))
    return spoken or ""


def _reader(language: str, load: Callable[[], Any]) -> Any:
    with _lock:
        if language not in _readers:
            _readers[language] = load()
        return _readers[language]


def load_english(british: bool = False) -> Any:
    """hibari's reader: called with a text it gives phonemes. For one thread at a time."""
    from hibari.g2p import G2P

    return G2P(british=british)


def load_mandarin() -> Callable[[str], str]:
    """misaki's reader, its dictionary cached where only this user writes. For one thread at a time."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its regular expressions warn from Python 3.12 on
        import jieba
        from misaki.zh import ZHG2P

    jieba.setLogLevel(logging.CRITICAL)
    # Its cache is unmarshalled at start, so it must not lie where other users can write.
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ishowtts"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        jieba.dt.tmp_dir = str(folder)
    except OSError:
        pass
    jieba.initialize()
    g2p = ZHG2P()
    return lambda text: str(g2p(text)[0])
