"""Digits that are names, not amounts: telephone numbers, versions, addresses, rooms, models, Roman numerals."""

from __future__ import annotations

import re
from typing import Any

from ishowtts.text.normal import say_en, say_zh
from ishowtts.text.normal.acronyms import spelled
from ishowtts.text.normal.draft import Draft
from ishowtts.text.normal.patterns import IS_HAN

_MOBILE_ZH = re.compile(r"(?<![\dA-Za-z.])(?P<plus>\+\s?86[\s-]?)?1[3-9]\d([\s-]?)\d{4}\2\d{4}(?![\dA-Za-z])")
_LINE_ZH = re.compile(r"(?<![\dA-Za-z.])(?:0\d{2,3}-\d{7,8}|[48]00-\d{3,4}-\d{3,4}|[48]00\d{7})(?![\dA-Za-z-])")
_PHONE_EN = re.compile(
    r"(?<![\dA-Za-z.])(?:(?P<plus>\+)\s?\d{1,3}[\s.-]|1[\s.-])?(?:\(\d{3}\)\s?|\d{3}[\s.-])\d{3}[\s.-]\d{4}(?![\dA-Za-z-])"
)
_PHONE_ANY = re.compile(r"(?<![\dA-Za-z.])\+\d{1,3}(?:[\s-]?\d{2,5}){2,5}(?![\dA-Za-z-])")
_HOTLINE_ZH = re.compile(r"(?<=[打拨线话警])\s?(1\d{2}|911|12\d{3}|1\d{4}|9[56]\d{3})(?!\d|[个条块元次人万亿千.])")
_HOTLINE_EN = re.compile(r"(?<=[Cc]all\s|[Dd]ial\s)(\d{3})(?![\d.,-]|\s?(?:times|people|more))")
_IP = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
_VERSION = re.compile(r"(?<![\d.])(\d{1,4}(?:\.\d{1,6}){2,4})(?![\d.]*\d)")
_LETTER_VERSION = re.compile(r"(?<![A-Za-z\d])([vV])\.?\s?(\d+(?:\.\d+){1,4})(?![\d])")
_NAMED_ZH = re.compile(
    r"(?<=[群号码号锁Q])(?:\s?[:：]\s?|\s?是\s?)?(\d{3,})(?!\d|\.\d|[,，]\d|[个条块元次人万亿千名位年月日%])"
    r"|(?<=ID|id|Id|QQ)(?:\s?[:：]\s?|\s?是\s?|\s)?(\d{3,})(?!\d|\.\d|[个条块元次人万亿千])"
)
_NAMED_EN = re.compile(
    r"(?P<name>\b(?:room|error|code|flight|gate|channel|extension|ext|pin|password|id|zip|bus|suite|apartment|apt|block"
    r"|case|order)\s(?:number\s|no\.\s|is\s|#\s?)?)(?P<n>\d{3,})(?![\d.,]\d|\d)",
    re.IGNORECASE,
)
_PLANES = re.compile(r"(?<=Boeing\s|Airbus\s)(\d{3})(?!\d)|(?<=波音|空客)\s?(\d{3})(?!\d)")
_PLATE_ZH = re.compile(
    "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z]\\s?[·•. ]?\\s?([A-Z\\d]{5,6})(?![A-Za-z\\d])"
)
_PICTURE = re.compile(r"(?<![\d.A-Za-z])(\d{3,4})([pPiI])(\d{2,3})?(?![A-Za-z\d])")
_SIZE = re.compile(r"(?<![\d.A-Za-z])(\d{3,4})\s?[xX×*]\s?(\d{3,4})(?![\d.A-Za-z])")
_MODEL = re.compile(
    r"(?<![A-Za-z\d.])(?=[A-Za-z-]{0,24}\d)(?=[\d.]{0,24}-?[A-Za-z])[A-Za-z\d]+(?:[-.][A-Za-z\d]+){0,4}(?![A-Za-z\d])"
)
_MODEL_NUMBER = re.compile(r"(?<=[A-Z]\s)(\d{4})(?=\s?(?:Ti|ti|TI|SUPER|Super|[A-Z])?(?![\dA-Za-z.,]|\s?年))")
_PIECE = re.compile(r"\d+(?:\.\d+)?|[A-Z]{2,}(?![a-z])|[A-Za-z]+?(?=[A-Z]{2,}(?:\d|$))|[A-Za-z]+|[-.]")
_ROMAN = re.compile(
    r"(?P<name>\b(?:War|Chapter|Part|Act|Volume|Vol\.|Book|Phase|Fantasy|Quest|Rocky|Episode|Class|Stage|Level|Grand"
    r"|Type|Souls|Civilization|Street\sFighter|Titan)\s)(?P<n>[IVX]{1,5})(?![A-Za-z'’])"
    r"|(?P<king>\b(?:Henry|Louis|Charles|George|Edward|James|Richard|William|Elizabeth|Pope\s[A-Z][a-z]+|Napoleon"
    r"|Philip|Frederick|Catherine|Benedict)\s)(?P<nth>[IVX]{1,5})(?![A-Za-z'’])"
    r"|(?<=第)(?P<zh>[IVX]{1,5})(?![A-Za-z])"
)
_ROMAN_SIGN = re.compile("[\u2160-\u216b\u2170-\u217b]")
_VALUES = {"I": 1, "V": 5, "X": 10}
_LONG_ZH = re.compile(rf"(?<![\d.,])(?!\d*0000(?!\d))(\d{{9,}})(?![\d.%]|,\d|\s?(?!的){IS_HAN})")


def named(draft: Draft) -> None:
    """Numbers that are called, typed or told by their digits; before dates."""
    for pattern in (_MOBILE_ZH, _LINE_ZH):
        draft.each(pattern, "phone", lambda m: _phone(m[0], draft, m))
    draft.each(_PHONE_EN, "phone", lambda m: _phone(m[0], draft, m))
    draft.each(_PHONE_ANY, "phone", lambda m: _phone(m[0], draft, m))
    draft.each(_HOTLINE_ZH, "phone", lambda m: say_zh.phone(m[1]))
    draft.each(_HOTLINE_EN, "phone", lambda m: say_en.digits(m[1]))
    draft.each(_PLATE_ZH, "plate", lambda m: m[0][:2] + _one_by_one_zh(m[1]))
    draft.each(_NAMED_ZH, "code", lambda m: _digits(m[1] or m[2], m, draft))
    for m in list(_NAMED_EN.finditer(draft.left)):
        if _en(m, draft):
            said = say_en.pairs(m["n"]) if len(m["n"]) == 3 and m["n"][0] != "0" else say_en.digits(m["n"])
            draft.take_at(m.start("n"), m.end("n"), said, "code")


def apply(draft: Draft) -> None:
    draft.each(_IP, "address", lambda m: _dotted(m, draft))
    draft.each(_LETTER_VERSION, "version", lambda m: "V" + (" " if _en(m, draft) else "") + _version(m[2], m, draft))
    draft.each(_VERSION, "version", lambda m: _version(m[1], m, draft))
    draft.each(_PLANES, "model", lambda m: say_en.pairs(m[1]) if m[1] else say_zh.digits(m[2]))
    draft.each(_PICTURE, "picture", lambda m: _picture(m, draft))
    draft.each(_SIZE, "picture", lambda m: _size(m, draft))
    draft.each(_LONG_ZH, "code", lambda m: say_zh.digits(m[1]) if not _en(m, draft) else None)


def roman(draft: Draft) -> None:
    """World War II, 第Ⅲ章."""
    draft.each(_ROMAN_SIGN, "roman", lambda m: _roman_sign(m, draft))
    for m in list(_ROMAN.finditer(draft.left)):
        group = "n" if m["n"] else "nth" if m["nth"] else "zh"
        value = _roman(m[group])
        if value:
            said = say_zh.number(str(value)) if group == "zh" else _roman_en(value, group == "nth")
            draft.take_at(m.start(group), m.end(group), said, "roman")


def models(draft: Draft) -> None:
    """After all that has a meaning of its own: what is left of letters and digits in one word."""
    draft.each(_MODEL_NUMBER, "model", lambda m: _model_number(m, draft))
    draft.each(_MODEL, "model", lambda m: _model(m, draft))


def _en(m: Any, draft: Draft) -> bool:
    return draft.language(*m.span()) == "en"


def _digits(number: str, m: Any, draft: Draft) -> str:
    return " " + say_en.digits(number) if _en(m, draft) else say_zh.digits(number)


def _phone(number: str, draft: Draft, m: Any) -> str:
    plus = number.startswith("+")
    if _en(m, draft):
        return ("plus " if plus else "") + say_en.digits(number)
    return ("加" if plus else "") + say_zh.phone(number)


def _dotted(m: Any, draft: Draft) -> str:
    parts = m[0].split(".")
    if _en(m, draft):
        return " dot ".join(map(say_en.digits, parts))
    return "点".join(map(say_zh.digits, parts))


def _version(number: str, m: Any, draft: Draft) -> str:
    parts = number.split(".")
    if _en(m, draft):
        return " point ".join(map(say_en.cardinal, parts))
    return "点".join(map(say_zh.digits if len(parts) == 2 else say_zh.cardinal, parts))


def _one_by_one_zh(text: str) -> str:
    return "".join(say_zh.digits(c) if c.isdigit() else c for c in text)


def _picture(m: Any, draft: Draft) -> str | None:
    if m[1] not in ("240", "360", "480", "540", "576", "720", "900", "1080", "1440", "2160", "4320"):
        return None
    letter, rate = m[2].upper(), m[3]
    if _en(m, draft):
        return f"{say_en.pairs(m[1])} {letter}" + (f" {say_en.cardinal(rate)}" if rate else "")
    return f"{say_zh.digits(m[1])}{letter}{say_zh.number(rate) if rate else ''}"


def _size(m: Any, draft: Draft) -> str:
    if _en(m, draft):
        return f"{say_en.pairs(m[1])} by {say_en.pairs(m[2])}"
    return f"{say_zh.digits(m[1])}乘{say_zh.digits(m[2])}"


def _roman(text: str) -> int:
    """0 for what is none."""
    total = 0
    for c, after in zip(text, text[1:] + " ", strict=True):
        value = _VALUES[c]
        total += -value if value < _VALUES.get(after, 0) else value
    return total if 0 < total < 40 and "IIII" not in text and "VV" not in text else 0


def _roman_en(value: int, king: bool) -> str:
    return f"the {say_en.ordinal(str(value))}" if king else say_en.cardinal(str(value))


def _roman_sign(m: Any, draft: Draft) -> str:
    code = ord(m[0])
    value = str(code - (0x215F if code < 0x2170 else 0x216F))
    return say_en.cardinal(value) if _en(m, draft) else say_zh.number(value)


def _model_number(m: Any, draft: Draft) -> str | None:
    """RTX 4090, behind letters that are all capitals."""
    head = draft.text[max(0, m.start() - 4) : m.start() - 1]
    if not re.search(r"[A-Z]{2}$", head) or m[1].startswith(("19", "20")):
        return None
    return say_en.pairs(m[1]) if _en(m, draft) else say_zh.digits(m[1])


def _model(m: Any, draft: Draft) -> str | None:
    """PS5, GPT-4o, i7-12700K, 3D, 1v1: letters as letters, digits as a number, or one by one where they are many."""
    english = _en(m, draft)
    if re.fullmatch(r"\d+(?:st|nd|rd|th)", m[0]) or (m[0][-1:] == "s" and m[0][:-1].isdigit()):
        return None
    out: list[str] = []
    for piece in _PIECE.findall(m[0]):
        if piece[0].isdigit():
            out.append(_digits_en(piece) if english else _digits_zh(piece))
        elif piece == "-":
            continue
        elif piece == ".":
            out.append("point" if english else "点")
        elif len(piece) == 1:
            out.append(piece.upper() if english or piece in "vVdDkK" else piece)
        else:
            out.append(spelled(piece) or piece)
    return " ".join(out) if english else "".join(_apart(out))


def _apart(pieces: list[str]) -> list[str]:
    """Latin pieces next to each other stay two."""
    out: list[str] = []
    for piece in pieces:
        if out and out[-1][-1].isascii() and piece[0].isascii():
            out.append(" ")
        out.append(piece)
    return out


def _digits_en(digits: str) -> str:
    if "." in digits or len(digits) < 3:
        return say_en.number(digits)
    if len(digits) <= 4:
        return say_en.pairs(digits) if digits[0] != "0" else say_en.digits(digits)
    return say_en.digits(digits)


def _digits_zh(digits: str) -> str:
    return say_zh.number(digits) if "." in digits or len(digits) < 3 else say_zh.digits(digits)
