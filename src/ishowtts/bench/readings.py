"""What was heard against what should have been said, where a recogniser writes numbers in figures.

"304" is written down for three hundred and four, for three oh four and for three zero four. Each number that was heard
is taken the way nearest to what was to be said: the voice is measured, not the recogniser's spelling.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ishowtts.bench import english, mandarin
from ishowtts.bench.edits import edit_distance
from ishowtts.bench.texts import Language
from ishowtts.text.numbers_zh import cardinal, one_by_one

_MONEY = re.compile(r"([$£€])\s?(\d[\d,]*)\.(\d\d)(?!\d)")
_CURRENCY = {"$": ("dollars", "cents"), "£": ("pounds", "pence"), "€": ("euros", "cents")}
_DECADE = re.compile(r"(?<!\d)(\d{3}0)'?s(?![a-z])")
_FIGURES = re.compile(r"\d[\d,.:/]*(?<=\d)(?!\d|st|nd|rd|th)")
_MOST = 12
"""Numbers in a line; of one that has more, the rest is taken as it comes."""
_DROPPED = frozenset(("and", "a", "of", "the", "to"))  # said or not: "two hundred and five", "four to six"
_UNITS = {
    "km": "kilometers", "kilometres": "kilometers", "m": "meters", "metres": "meters", "h": "hours", "kg": "kilograms",
    "gb": "gigabytes", "oh": "zero", "o": "zero",
}  # fmt: skip
_SPEED = re.compile(r"(?<![a-z])(?:km/h|kmh|kph)(?![a-z])")
_HALF_DAY = re.compile(r"(?<![a-z])([ap])\.?m\.?(?![a-z])")
_MINUS = re.compile(r"(?<![\w-])[-−–](?=[$£€]?\d)")
_JOINED = re.compile(r"(?<=\d)\s?[-–]\s?(?=[$£€]?\d)")
_ZH = str.maketrans("两幺", "二一")


def distance(reading: str, heard: str, language: Language) -> tuple[int, int, bool]:
    """Errors, length of `reading`, and whether it was said whole; words or characters, as in `judges.compare`.

    In Mandarin whole goes by toneless syllables.
    """
    units = _english if language == "en" else _mandarin
    said = units(reading)
    near = _nearest(heard, language, lambda text: edit_distance(said, units(text)))
    errors = edit_distance(said, units(near))
    if language == "en":
        return errors, len(said), errors == 0
    syllables = [_syllables(text) for text in (reading, heard, near)]
    return errors, len(said), syllables[0] in syllables[1:]


def _nearest(heard: str, language: Language, errors: Callable[[str], int]) -> str:
    """`heard` with each number written as it is nearest: one after the other, the rest as they are."""
    text, ways = heard, _mandarin_ways
    if language == "en":
        text = _JOINED.sub(" ", _MINUS.sub(" minus ", heard))
        text, ways = _DECADE.sub(lambda m: english.spell(m[1])[:-1] + "ies", text), _english_ways
        text = min((text, _MONEY.sub(_amount, text)), key=errors)
    start = 0
    for _ in range(_MOST):
        m = _FIGURES.search(text, start)
        if m is None:
            break
        before, after = text[: m.start()], text[m.end() :]
        best = min((m[0], *ways(m[0])), key=lambda way: errors(before + way + after))
        text, start = before + best + after, m.start() + len(best)
    return text


def _amount(m: re.Match[str]) -> str:
    whole, part = _CURRENCY[m[1]]
    return f"{m[2]} {whole} {m[3]} {part}"


def _english_ways(figures: str) -> list[str]:
    parts = re.split(r"[.:/]", figures.replace(",", ""))
    if len(parts) > 1:  # 18.05, 3:2
        return [f" {' '.join(english.spell(part) for part in parts)} "]
    digits = parts[0]
    ways = [english.cardinal(int(digits))] if len(digits) <= 12 else []
    ways.append(" ".join(english.spell(d) for d in digits))
    if len(digits) in (3, 4):  # 304, 1805: as pairs
        ways.append(f"{english.spell(digits[:-2])} {english.spell(digits[-2:])}")
    return [f" {way} " for way in ways]


def _mandarin_ways(figures: str) -> list[str]:
    parts = re.split(r"[.:/]", figures.replace(",", ""))
    if len(parts) > 1:
        return [between.join(cardinal(int(part)) for part in parts if len(part) <= 16) for between in "比点"]
    ways = [one_by_one(parts[0])]
    return [cardinal(int(parts[0])), *ways] if len(parts[0]) <= 16 else ways


def _english(text: str) -> list[str]:
    text = _SPEED.sub("kilometers per hour", text.lower()).replace("°c", " degrees celsius ").replace("°", " degrees ")
    out: list[str] = []
    for word in english.words(_HALF_DAY.sub(r" \1 m ", text)):
        out += _UNITS.get(word, word).split()
    return [word for word in out if word not in _DROPPED]


def _mandarin(text: str) -> list[str]:
    return [c.translate(_ZH) for c in mandarin.characters(text)]


def _syllables(text: str) -> list[str]:
    return [s.replace("liang", "er").replace("yao", "yi") for s in mandarin.syllables(text)]
