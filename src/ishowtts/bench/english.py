"""English as words that can be compared: one spelling for what sounds the same ("it's 5%" and "it is five percent")."""

from __future__ import annotations

import re

_ONES = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
_TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip
_SCALES = ((10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred"))
_LONGEST = 10**12

_WHOLE = {
    "can't": "can not", "cannot": "can not", "won't": "will not", "shan't": "shall not", "ain't": "is not",
    "let's": "let us", "gonna": "going to", "wanna": "want to", "gotta": "got to", "ok": "okay", "'cause": "because",
    "y'all": "you all", "alright": "all right", "mr": "mister", "mrs": "missus", "dr": "doctor",
}  # fmt: skip
_ENDINGS = (("n't", " not"), ("'re", " are"), ("'ll", " will"), ("'ve", " have"), ("'m", " am"))
_IS = {
    "it", "he", "she", "that", "this", "what", "who", "where", "when", "how", "why", "there", "here",
    "everybody", "nobody", "everyone", "something",
}  # fmt: skip

_MONEY = re.compile(r"([$£€])\s?(\d[\d,]*(?:\.\d+)?)")
_CURRENCY = {"$": "dollars", "£": "pounds", "€": "euros"}
_ORDINAL = re.compile(r"\b(\d+)(?:st|nd|rd|th)\b")
_CLOCK = re.compile(r"\b(\d{1,2}):(\d{2})\b")
_NUMBER = re.compile(r"\d+(?:,\d{3})+|\d+")
_DECIMAL = re.compile(r"(\d)\.(\d+)")
_WORD = re.compile(r"[a-z']+")


def words(text: str) -> list[str]:
    """Lower case, no punctuation, numbers spelled out, contractions taken apart."""
    text = text.lower().replace("’", "'").replace("‘", "'")
    text = _MONEY.sub(lambda m: f"{m[2]} {_CURRENCY[m[1]]}", text).replace("%", " percent ").replace("&", " and ")
    text = _CLOCK.sub(lambda m: f"{m[1]} {_minutes(m[2])}", text)
    text = _ORDINAL.sub(lambda m: _ordinal(int(m[1])), text)
    text = _DECIMAL.sub(lambda m: f"{m[1]} point {' '.join(m[2])}", text)
    text = _NUMBER.sub(lambda m: f" {spell(m[0])} ", text)
    return [part for word in _WORD.findall(text) for part in _apart(word)]


def spell(digits: str) -> str:
    """`digits` may hold thousands commas; four digits from 1100 on are read as a year (2026 → twenty twenty six)."""
    number = int(digits.replace(",", ""))
    if len(digits) == 4 and 1100 <= number < 2100 and number % 1000 >= 10 and number % 100:
        low = number % 100
        return f"{cardinal(number // 100)} {'oh ' if low < 10 else ''}{cardinal(low)}"
    if number >= _LONGEST or (len(digits) > 1 and digits[0] == "0"):
        return " ".join(_ONES[int(d)] for d in digits if d.isdigit())
    return cardinal(number)


def cardinal(number: int) -> str:
    for size, name in _SCALES:
        if number >= size:
            rest = f" {cardinal(number % size)}" if number % size else ""
            return f"{cardinal(number // size)} {name}{rest}"
    if number < 20:
        return _ONES[number]
    return _TENS[number // 10] + (f" {_ONES[number % 10]}" if number % 10 else "")


def _ordinal(number: int) -> str:
    *before, last = cardinal(number).split() if number < _LONGEST else ["zero"]
    last = _ORDINALS.get(last) or (last[:-1] + "ieth" if last.endswith("y") else last + "th")
    return " ".join([*before, last])


def _minutes(digits: str) -> str:
    if digits == "00":
        return "o'clock"
    return f"oh {digits[1]}" if digits[0] == "0" else digits


def _apart(word: str) -> list[str]:
    whole = _WHOLE.get(word.strip("'")) or _WHOLE.get(word)
    if whole is not None:
        return whole.split()
    for ending, apart in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending):
            return [word[: -len(ending)], *apart.split()]
    if word.endswith("'s") and word[:-2] in _IS:
        return [word[:-2], "is"]
    word = word.replace("'", "")
    return [word] if word else []
