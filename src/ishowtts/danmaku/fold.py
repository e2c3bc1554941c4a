"""Folded forms of a text, in which the many ways to write a word are one: Ｂ.Ａ.Ｄ, b а d and b4d are `bad`.

Every folded character knows which one of the text it stands for, so that what is found can be taken out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

from ishowtts.danmaku.letters import STYLED, unstyled
from ishowtts.text.language import HAN

_LOOK_ALIKES = str.maketrans(
    "авекмнорстухцияіјѕһԁԛԝ" + "οαρτυικνχεβγηω" + "ɑɡɩıøłđħŧƒ",
    "abekmhopctyxunrijshdqw" + "oaptuikvxebynw" + "agiiołdhtf".replace("ł", "l"),
)
_LEET = dict(zip("4@310!|l5$7+89", "aaeioiiissttbg", strict=True))
_FLAGS = {chr(0x1F1E6 + i): chr(ord("a") + i) for i in range(26)}
_MOST_OF_ONE = 3
"""One character may stand for so many; one Arabic sign would be 18."""
_HAN = re.compile(f"[{HAN}]")
_THREE = re.compile(r"([^\W\d])\1{2,}")


class Folded(NamedTuple):
    """`text` is folded; character i of it stands for `origin[i]` of what was folded, spaces for no matter what."""

    text: str
    origin: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Of what was folded, for `text[start:end]` without the spaces around it."""
        piece = self.text[start:end]
        start, end = start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())
        return self.origin[start], self.origin[end - 1] + 1


Atom = tuple[str, int]
"""A folded character, and the one of the text it stands for."""
Word = list[Atom]


class Forms:
    """All forms of one text, made when they are asked for."""

    def __init__(self, text: str) -> None:
        self._atoms = [(c, i) for i, source in enumerate(text) for c in _fold(source)]

    @cached_property
    def words(self) -> list[Folded]:
        """Each word with a space before and behind it; letters that stand alone are one word."""
        return [_spaced(words) for words in self._readings]

    @cached_property
    def squashed(self) -> list[Folded]:
        """Letters and digits alone."""
        return [_squashed(words) for words in self._readings]

    @cached_property
    def pinyin(self) -> Folded:
        """As `words`, with the syllable in the place of each Chinese character."""
        return _spaced([[(x, word[0][1]) for x in _syllable(word[0][0])] or word for word in self._plain[0]])

    @property
    def key(self) -> str:
        """The same for all ways to write the same."""
        return _THREE.sub(r"\1\1\1", "".join(c for word in self._bare for c, _ in word))

    @cached_property
    def _bare(self) -> list[Word]:
        """Marks in a word are left out, and digits among letters are letters."""
        return _singles_joined(word for part in _parts(self._atoms, _is_no_space) if (word := _letters(part)))

    @cached_property
    def _plain(self) -> list[list[Word]]:
        """What may be meant: marks part words; or some are letters, as digits are; or marks are nothing."""
        parted = _singles_joined(_parts(self._atoms, str.isalnum))
        letters = _singles_joined(word for part in _parts(self._atoms, _is_letter) if (word := _letters(part)))
        return _unlike([parted, letters, self._bare])

    @cached_property
    def _readings(self) -> list[list[Word]]:
        """And all without long runs, if there are any."""
        found = self._plain
        if not _THREE.search("".join(c for c, _ in self._atoms)):
            return found
        shorter = [[_shortened(word, longest) for word in words] for words in found for longest in (1, 2)]
        return _unlike([*found, *shorter])

    @staticmethod
    def of_word(word: str, spaced: bool) -> set[str]:
        """What to look for in `words`, or in `squashed`, to find a word of a list."""
        forms = ((_spaced if spaced else _squashed)(words).text for words in Forms(word)._plain)
        return {form for form in forms if form.strip()}


def _unlike(readings: list[list[Word]]) -> list[list[Word]]:
    return [words for i, words in enumerate(readings) if words not in readings[:i]]


@lru_cache(maxsize=16)
def forms_of(text: str) -> Forms:
    """Of a text that is looked at more than once."""
    return Forms(text)


def folded_key(text: str) -> str:
    """Letters and digits of `text`, the same for all ways to write them."""
    return forms_of(text).key


def _parts(atoms: Iterable[Atom], inside: Callable[[str], bool]) -> Iterator[Word]:
    """Runs of what is inside; each Chinese character is one of its own."""
    word: Word = []
    for atom in atoms:
        c = atom[0]
        if c > "\u2fff" and _is_han(c):
            if word:
                yield word
            yield [atom]
            word = []
        elif inside(c):
            word.append(atom)
        elif word:
            yield word
            word = []
    if word:
        yield word


def _is_no_space(c: str) -> bool:
    return not c.isspace()


def _is_letter(c: str) -> bool:
    return c.isalnum() or c in _LEET


def _letters(word: Word) -> Word:
    if len(word) == 1:
        return word if word[0][0].isalnum() else []
    while word and word[-1][0] in "!|+":  # what ends a sentence
        word = word[:-1]
    if any(c.isalpha() for c, _ in word) and not _is_han(word[0][0]):
        return [(x, i) for c, i in word if (x := _LEET.get(c, c)).isalnum()]
    return [(c, i) for c, i in word if c.isalnum()]


def _singles_joined(words: Iterable[Word]) -> list[Word]:
    out: list[Word] = []
    single = False
    for word in words:
        alone = len(word) == 1 and not _is_han(word[0][0])
        if alone and single:
            out[-1] += word
        else:
            out.append(word)
        single = alone
    return out


def _shortened(word: Word, longest: int) -> Word:
    if len(word) < 3:
        return word
    text = "".join(c for c, _ in word)
    kept: Word = []
    at = 0
    for m in _THREE.finditer(text):
        kept += word[at : m.start() + longest]
        at = m.end()
    return kept + word[at:]


def _spaced(words: Iterable[Word]) -> Folded:
    atoms: Word = []
    for word in words:
        atoms += [(" ", word[0][1]), *word, (" ", word[-1][1])]
    return Folded("".join(c for c, _ in atoms), [i for _, i in atoms])


def _squashed(words: Iterable[Word]) -> Folded:
    atoms = [atom for word in words for atom in word]
    return Folded("".join(c for c, _ in atoms), [i for _, i in atoms])


@lru_cache(maxsize=20_000)
def _fold(c: str) -> str:
    """Letters and digits without marks and case; what is seen but is neither stays; the rest is nothing."""
    if c in _FLAGS:
        return _FLAGS[c]
    if c.isspace():
        return " "
    plain = unicodedata.normalize("NFKD", STYLED.sub(unstyled, c))
    out = "".join(x for x in plain if unicodedata.category(x)[0] not in "MC")
    return unicodedata.normalize("NFC", out.casefold().translate(_LOOK_ALIKES)[:_MOST_OF_ONE])


@lru_cache(maxsize=20_000)
def _is_han(c: str) -> bool:
    return _HAN.match(c) is not None


@lru_cache(maxsize=20_000)
def _syllable(c: str) -> str:
    """Without its tone; of the readings of a character, the most usual."""
    if not _is_han(c):
        return ""
    from pypinyin import Style, lazy_pinyin  # a second to load, and for Chinese lists only

    read = lazy_pinyin(c, style=Style.NORMAL, errors="ignore")
    return read[0].replace("ü", "v") if read else ""
