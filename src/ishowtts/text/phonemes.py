"""English, Mandarin and mixed text → phoneme symbols (misaki/Kokoro IPA), the alphabet f5-mini was trained on.

The readers (hibari-tts for English, misaki for Mandarin) are loaded at the first use of each and then shared; one lock
guards them, since neither says that it may be called from two threads.
"""

from __future__ import annotations

import logging
import re
import threading
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from ishowtts.text.language import runs
from ishowtts.text.numbers_zh import spell_numbers
from ishowtts.text.origins import Span, origins, source
from ishowtts.text.readers import English, Mandarin, Piece, Reader

log = logging.getLogger(__name__)

SOUNDS = frozenset("AIOQTWYabdefhijklmnopstuvwxyzæðŋɐɑɒɔɕəɚɛɜɡɤɥɨɪɹɻʂʃʊʌʒʤʦʧʨθᵊᵻꭧ")
SYMBOLS = SOUNDS | frozenset(" ,.:;!?ˈˌːʰ→↗↓↘")
"""What the training speech contains. The teacher's alphabet has more, but a symbol never heard is noise."""

_SPOKEN = SYMBOLS - frozenset(" ,.:;!?")  # sounds, and the marks that go with them

_CHUNK = 300  # characters read at once: the readers take more than linear time
_LONGEST_WORD = 40
_FOLD = {"…": ".", "—": ",", "(": ",", ")": ",", "“": "", "”": "", '"': ""}
_FOLDED = re.compile('[…—()“”"]')
_LONG_WORD = re.compile(rf"(\S{{{_LONGEST_WORD}}})(?=\S)")
_REPEATED_MARK = re.compile(r"([^\w\s])\1+")
_ELLIPSIS = re.compile(r"\.{2,}|…+|。{2,}")
_CHUNKS = re.compile(rf"(?s).{{1,{_CHUNK}}}(?:(?<=\s)|$)|.{{{_CHUNK}}}")
_ACRONYM = re.compile(r"(?<![A-Za-z])[A-Z]{2,3}(?![A-Za-z'’])")
_LETTER = re.compile(r"\s*[A-Z]\s*")
_SHOUTED = frozenset({"YES", "NO", "GO", "WOW", "HI", "HEY", "BYE", "NEW", "HOT", "THE", "AND", "YOU", "ME", "MY"})
_FULL_WIDTH = {c: c - 0xFEE0 for c in [*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)]}
_ASCII_MARKS = str.maketrans("，。！？：；、（）～~", ",.!?:;,()  ") | str.maketrans({"[": " (", "]": ") "})
_ZH_MARKS = str.maketrans("‘’『』〈〉〇～~", "“”“”“”零  ")
_SPACE_BEFORE_MARK = re.compile(r"\s+(?=[,.:;!?])")

_lock = threading.RLock()
_readers: dict[str, Any] = {}


class _Failures:
    """So far, in this process; changed under the lock."""

    count = 0


_failures = _Failures()


class Reading(NamedTuple):
    """Symbols, each in `SYMBOLS`, and for each the part of the text it is of: first, past-the-last character.

    Marks and spaces have None. Without symbols nothing in the text can be spoken.
    """

    symbols: tuple[str, ...] = ()
    spans: tuple[Span | None, ...] = ()
    failures: int = 0
    """Pieces of the text on which a reader raised an exception; they were read in smaller ones, or left out."""


def phonemize(text: str) -> list[str]:
    """Symbols of `text`, each in `SYMBOLS`; empty if nothing in it can be spoken. Any string is allowed."""
    return list(read(text).symbols)


def unspoken(text: str, reading: Reading) -> int:
    """Letters and digits of `text` that no sound of its reading stands for."""
    said = bytearray(len(text))
    for a, b in filter(None, reading.spans):
        said[a:b] = b"\1" * (b - a)
    return sum(not heard and c.isalnum() for c, heard in zip(text, said, strict=True))


def warm_up() -> None:
    """Load both readers (about 3 s), so that the first text is not the slow one."""
    read.__wrapped__("xyzzyq 好")  # no word of English: the reader's net for those is loaded as well


@lru_cache(maxsize=256)
def read(text: str) -> Reading:
    """Symbols of `text`, and where they come from. Any string is allowed."""
    plain = unicodedata.normalize("NFC", text).translate(_FULL_WIDTH)
    plain = _REPEATED_MARK.sub(r"\1", _ELLIPSIS.sub("… ", plain))
    parts = runs(plain)
    mixed = len(parts) > 1
    pieces: list[Piece] = []
    at = 0
    with _lock:
        before = _failures.count
        for language, run in parts:
            cut = _LONG_WORD.sub(r"\1 ", run) if language == "en" else run
            places, inside = origins(run, cut), 0
            for chunk in _CHUNKS.findall(cut):
                said = _read_zh(chunk) if language == "zh" else _read_en(chunk, mixed)
                pieces += (Piece(p, *_moved(source(places, inside + a, inside + b), at)) for p, a, b in said)
                pieces.append(Piece(" ", 0, 0))
                inside += len(chunk)
            at += len(run)
        failures = _failures.count - before
    symbols = _tidy("".join(p for p, _, _ in pieces))
    # What is tidied are marks and spaces: sounds stay what they are, and in order.
    places = origins(text, plain)
    spans = iter([source(places, a, b) for p, a, b in pieces for c in p if c in _SPOKEN])
    return Reading(symbols, tuple(next(spans) if c in _SPOKEN else None for c in symbols), failures)


def _moved(span: Span, by: int) -> Span:
    return span[0] + by, span[1] + by


def _tidy(phonemes: str) -> tuple[str, ...]:
    """Only known symbols; one mark at a time, with a space after and none before it; no mark at the start."""
    phonemes = _FOLDED.sub(lambda m: _FOLD[m[0]], phonemes)
    phonemes = "".join(c for c in phonemes if c in SYMBOLS)
    phonemes = _SPACE_BEFORE_MARK.sub("", re.sub(" +", " ", phonemes))
    phonemes = re.sub(r"([,:;]+)([.!?,:;])", r"\2", phonemes)
    phonemes = re.sub(r"([.!?,:;])[.,:;]+", r"\1", phonemes).strip().lstrip(",.:;!? ")
    phonemes = re.sub(r"([,.:;!?])(?=\w)", r"\1 ", phonemes)
    return tuple(phonemes) if any(c in SOUNDS for c in phonemes) else ()


def _read_en(text: str, spell: bool) -> list[Piece]:
    reader = _reader("en", English)
    marked = text.translate(_ASCII_MARKS)  # no square brackets: `[word](/phonemes/)` is the reader's own markup
    if spell:
        marked = _ACRONYM.sub(lambda m: _spelled(m[0], reader), marked)
        if _LETTER.fullmatch(marked):  # A股: no article
            marked = marked.replace(marked.strip(), _spelled(marked.strip(), reader))
    pieces = _or_nothing(reader, marked)
    if pieces is None:  # its number tables end at 10^36: read long numbers digit by digit
        marked = re.sub(r"(?<=\d)[,.]?(?=\d)", " ", marked)
        pieces = []
        for word in re.finditer(r"\S+", marked):
            pieces += (piece.moved(word.start()) for piece in _or_left_out(reader, word[0]))
            pieces.append(Piece(" ", word.end(), word.end()))
    return _traced(pieces, text, marked)


def _spelled(acronym: str, reader: Any) -> str:
    """IT in Chinese text is two letters, but WOW is a word. Longer ones the reader spells where it knows no word."""
    phonemes = None if acronym in _SHOUTED else reader.spelled(acronym)
    return f"[{acronym}](/{phonemes}/)" if phonemes else acronym


def _read_zh(text: str) -> list[Piece]:
    reader = _reader("zh", Mandarin)
    written = spell_numbers(text.translate(_ZH_MARKS))
    pieces = _or_nothing(reader, written)
    if pieces is None:
        pieces = [piece.moved(i) for i, c in enumerate(written) for piece in _or_left_out(reader, c)]
    return _traced(pieces, text, written)


def _traced(pieces: list[Piece], text: str, written: str) -> list[Piece]:
    """Pieces of what was written for the reader, as pieces of what the text had there."""
    places = origins(text, written)
    return [Piece(phonemes, *source(places, a, b)) for phonemes, a, b in pieces]


def _or_nothing(reader: Reader, text: str, so: str = "it is read in smaller ones") -> list[Piece] | None:
    """A library's reader may raise anything. That is said; without the text, since what viewers write is not logged."""
    try:
        return reader.pieces(text)
    except Exception as error:
        _failures.count += 1
        log.warning("a piece of %d characters cannot be read (%s): %s", len(text), type(error).__name__, so)
        return None


def _or_left_out(reader: Reader, piece: str) -> list[Piece]:
    """Better a word missing than a message."""
    return _or_nothing(reader, piece, "it is left out") or []


def _reader(language: str, load: Callable[[], Reader]) -> Any:
    with _lock:
        if language not in _readers:
            _readers[language] = load()
        return _readers[language]
