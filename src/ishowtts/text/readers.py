"""The readers of the two languages, as libraries have them: text → phonemes, and which part of the text said what.

Slow to load and for one thread at a time; `text.phonemes` loads each at its first use and locks them.
"""

from __future__ import annotations

import logging
import os
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from ishowtts.text.origins import origins, source
from ishowtts.text.polyphones import corrections


class Piece(NamedTuple):
    """Phonemes, and the part of the text that they are of: first, past-the-last character."""

    phonemes: str
    start: int
    end: int

    def moved(self, by: int) -> Piece:
        return Piece(self.phonemes, self.start + by, self.end + by)


class Reader(Protocol):
    def __call__(self, text: str) -> str: ...

    def pieces(self, text: str) -> list[Piece]:
        """The same phonemes by the word, in order. They raise what the library raises on text it cannot read."""
        ...


class English:
    """hibari's reader."""

    def __init__(self, british: bool = False) -> None:
        from hibari.g2p import G2P

        self._g2p = G2P(british=british)

    def __call__(self, text: str) -> str:
        return str(self._g2p(text))

    def pieces(self, text: str) -> list[Piece]:
        from hibari.g2p import normalize

        written = normalize(text)
        spans = origins(text, written)
        out, at = [], 0
        for token in self._g2p.phonemize_tokens(self._g2p.tokenize(written)):
            found = written.find(token.text, at)
            start = at if found < 0 else found
            at = min(start + len(token.text), len(written))
            phonemes = (token.phonemes or "") + (" " if token.whitespace else "")
            out.append(Piece(phonemes, *source(spans, start, at)))
        return out

    def spelled(self, acronym: str) -> str | None:
        """Letter by letter, if its dictionary can."""
        phonemes = self._g2p.lexicon.get_NNP(acronym)[0]
        return str(phonemes) if phonemes else None


class Mandarin:
    """misaki's reader, its dictionary cached where only this user writes."""

    _HAN = re.compile("(?P<han>[\u4e00-\u9fff]+)|[^\u4e00-\u9fff]+")

    def __init__(self) -> None:
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
        self._words: Any = jieba.lcut
        self._g2p = ZHG2P()

    def __call__(self, text: str) -> str:
        return str(self._g2p(text)[0])

    def pieces(self, text: str) -> list[Piece]:
        if not text.strip():
            return []
        import cn2an

        written = self._g2p.map_punctuation(cn2an.transform(text, "an2cn"))
        spans = origins(text, written)
        out: list[Piece] = []
        for m in self._HAN.finditer(written):
            words = self._words(m[0]) if m["han"] else [m[0]]
            corrected = corrections(m[0]) if m["han"] else {}
            at = m.start()
            for i, word in enumerate(words):
                syllables = self._syllables(word, corrected, at - m.start()) if m["han"] else [word]
                each = 1 if len(syllables) == len(word) else len(word)
                for syllable in syllables:
                    out.append(Piece(syllable, *source(spans, at, at + each)))
                    at += each if each == 1 else 0
                at = m.start() + sum(map(len, words[: i + 1]))
                if i + 1 < len(words):
                    out.append(Piece(" ", *source(spans, at, at)))
        return out

    def _syllables(self, word: str, corrected: Mapping[int, str], at: int) -> list[str]:
        """`corrected` counts from the beginning of the run, in which the word begins at `at`."""
        from pypinyin import Style, lazy_pinyin

        read = lazy_pinyin(word, style=Style.TONE3, neutral_tone_with_five=True)
        if corrected and len(read) == len(word):
            read = [corrected.get(at + i, syllable) for i, syllable in enumerate(read)]
        return [self._g2p.py2ipa(syllable).replace("\u032f", "") for syllable in read]
