"""Text → the tokens of official vocabularies: pinyin by the syllable and letters, or characters.

The same as upstream's `convert_char_to_pinyin`, but for three of its faults: a word with an accent is not torn apart by
a blank ("na ï ve"), characters with several readings are looked at in their sentence, and what the vocabulary lacks is
told and not taken for a blank in silence.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from functools import lru_cache
from typing import NamedTuple

from ishowtts.text.language import HAN, LATIN
from ishowtts.text.polyphones import corrections

KEPT = 1024
"""Texts whose tokens are kept: the reference of a voice is one of them for every job."""

_SAME = str.maketrans({";": ",", "“": '"', "”": '"', "‘": "'", "’": "'"})
_HAN_RUN = re.compile(f"[{HAN}]+")
_IS_HAN = re.compile("[\u3100-\u9fff]")  # as upstream has it: what gets a blank before it
_LETTER = re.compile(f"[{LATIN}]")
_LIKE = {"…": "...", "—": "-", "–": "-", "～": "~", "「": '"', "」": '"', "『": '"', "』": '"'}


class Tokens(NamedTuple):
    """In order; and those, each as often as it is met, that are not in the vocabulary under any name."""

    tokens: tuple[str, ...]
    unknown: tuple[str, ...]


def pinyin_tokens(text: str) -> list[str]:
    """Letters and marks one by one; before each Chinese syllable, and before a word behind one, a blank."""
    import rjieba
    from pypinyin import Style, lazy_pinyin

    text = unicodedata.normalize("NFC", text).translate(_SAME)
    better = {m.start() + at: r for m in _HAN_RUN.finditer(text) for at, r in corrections(m[0]).items()}
    out: list[str] = []
    at = 0
    for segment in rjieba.cut(text):
        if segment.isascii():
            inside_word = at > 0 and not text[at - 1].isascii() and _LETTER.match(text[at - 1]) and segment[0].isalpha()
            if out and len(segment) > 1 and out[-1] not in " :'\"" and not inside_word:
                out.append(" ")
            out += segment
        else:
            whole = len(segment.encode()) == 3 * len(segment)
            read = lazy_pinyin(segment, style=Style.TONE3, tone_sandhi=True) if whole else []
            for i, c in enumerate(segment):
                if not _IS_HAN.match(c):
                    out.append(read[i] if len(read) == len(segment) else c)
                    continue
                if len(read) == len(segment):
                    syllable = read[i]
                else:
                    [syllable] = lazy_pinyin(c, style=Style.TONE3, tone_sandhi=True)
                out += [" ", better[at + i].rstrip("5") if at + i in better else syllable]
        at += len(segment)
    return out


@lru_cache(maxsize=KEPT)
def tokens_of(text: str, vocab: Vocab) -> Tokens:
    """Of a whole text, each in `vocab`; what is not there by another name that is, or as a blank and unknown."""
    out: list[str] = []
    unknown: list[str] = []
    for token in pinyin_tokens(text) if vocab.pinyin else unicodedata.normalize("NFC", text):
        known = _known(token, vocab)
        if known is None:
            unknown += [token] if not token.isspace() else []
        out += known or [" "]
    return Tokens(tuple(out), tuple(unknown))


class Vocab:
    """What a model has tokens for; compared by what it is, not by what it holds."""

    def __init__(self, tokens: Container[str], pinyin: bool) -> None:
        self.tokens = tokens
        self.pinyin = pinyin


def _known(token: str, vocab: Vocab) -> list[str] | None:
    if token in vocab.tokens:
        return [token]
    if len(token) > 1:  # a syllable without its tone is still that syllable
        plain = token.rstrip("12345")
        return [plain] if plain in vocab.tokens else None
    plain = unicodedata.normalize("NFKC", token)
    for other in (_LIKE.get(token, ""), plain, plain.lower(), _bare(token), _bare(token).lower()):
        if other and all(c in vocab.tokens for c in other):
            return list(other)
    return None


def _bare(letter: str) -> str:
    """Without its accent: é is e where the vocabulary has no é."""
    return unicodedata.normalize("NFD", letter)[0] if _LETTER.match(letter) else ""
