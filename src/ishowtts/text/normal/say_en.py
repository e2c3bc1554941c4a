"""Numbers as they are said in English: strings of digits in, words out."""

from __future__ import annotations

_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_GROUPS = ("", "thousand", "million", "billion", "trillion")
_LONGEST = 15
_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip
_PARTS = {2: "half", 4: "quarter"}


def digits(text: str) -> str:
    return " ".join(_ONES[int(c)] for c in text if c.isdigit())


def cardinal(text: str) -> str:
    """Of a whole number, commas or not; one that is padded or too long goes digit by digit."""
    text = text.replace(",", "")
    if len(text) > _LONGEST or (len(text) > 1 and text[0] == "0"):
        return digits(text)
    number = int(text)
    if number == 0:
        return _ONES[0]
    words = []
    for group in range((len(text) - 1) // 3, -1, -1):
        part = number // 1000**group % 1000
        if part:
            words += [_below_1000(part), _GROUPS[group]]
    return " ".join(filter(None, words))


def number(text: str) -> str:
    """Whole or decimal."""
    whole, point, part = text.partition(".")
    return cardinal(whole or "0") + (f" point {digits(part)}" if point and part else "")


def ordinal(text: str) -> str:
    head, gap, last = cardinal(text).rpartition(" ")
    tens, hyphen, one = last.rpartition("-")
    one = _ORDINALS.get(one) or (one[:-1] + "ieth" if one.endswith("y") else one + "th")
    return head + gap + tens + hyphen + one


def pairs(text: str) -> str:
    """3 or 4 digits as people read them off a thing: 4090 forty ninety, 747 seven forty-seven, 404 four oh four."""
    head, tail = text[:-2], text[-2:]
    if tail == "00":
        return cardinal(text) if head[-1] == "0" else f"{cardinal(head)} hundred"
    return f"{cardinal(head)} {'oh ' + _ONES[int(tail[1])] if tail[0] == '0' else cardinal(tail)}"


def year(text: str) -> str:
    """4 digits."""
    if text[1:3] == "00":
        return cardinal(text)
    return pairs(text)


def decade(text: str) -> str:
    """Of 4 or 2 digits that end in 0: 1980 nineteen eighties."""
    words = year(text) if len(text) == 4 else cardinal(text)
    return words[:-1] + "ies" if words.endswith("y") else words + "s"


def fraction(above: str, below: str) -> str:
    if below == "1" or int(below) == 0:
        return f"{cardinal(above)} over {cardinal(below)}"
    one = _PARTS.get(int(below), ordinal(below))
    if above == "1":
        return f"one {one}"
    return f"{cardinal(above)} {'halves' if one == 'half' else one + 's'}"


def _below_1000(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    words = [f"{_ONES[hundreds]} hundred"] if hundreds else []
    if rest >= 20:
        words.append(_TENS[rest // 10] + (f"-{_ONES[rest % 10]}" if rest % 10 else ""))
    elif rest:
        words.append(_ONES[rest])
    return " ".join(words)
