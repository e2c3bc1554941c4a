"""Plain numbers, and what is made of them: ordinals, fractions, ranges, sums."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from ishowtts.text.normal import say_en, say_zh
from ishowtts.text.normal.draft import Draft
from ishowtts.text.normal.patterns import ALONE, DASH, IS_HAN, MINUS, NUMBER, WHOLE
from ishowtts.text.normal.quantities import signed_en, signed_zh

_VULGAR = {c: unicodedata.normalize("NFKC", c).replace("\u2044", "/") for c in "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒"}
_CIRCLED = {
    c: unicodedata.normalize("NFKC", c).strip("().") for a, b in ((0x2460, 0x249C), (0x24EA, 0x24EB), (0x2776, 0x2794))
    for c in map(chr, range(a, b))
}  # fmt: skip
_CIRCLED |= {chr(0x2776 + i): str(i + 1) for i in range(10)} | {chr(0x2780 + i): str(i % 10 + 1) for i in range(20)}
_SUPERSCRIPT = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True))
_SUBSCRIPT = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))

_MIXED = re.compile(r"(?<![\d/.])(\d{1,4})\s(?:(\d{1,2})/(\d{1,3})(?![\d/])|([" + "".join(_VULGAR) + "]))")
_FRACTION_SIGN = re.compile(rf"(\d{{1,6}})?([{''.join(_VULGAR)}])(\s(?=[a-z]))?")
_FRACTION = re.compile(r"(?<![\d/.A-Za-z])(\d{1,4})/(\d{1,4})(?![\d/A-Za-z])")
_OF_TEN = re.compile(r"(?<![\d/.])(\d{1,3}(?:\.\d)?)/(10|100|5)(?![\d/])")
_CIRCLE = re.compile(f"[{''.join(map(re.escape, _CIRCLED))}]")
_POWER_SIGN = re.compile(rf"(?<=[\d\ue000A-Za-z{chr(41)}])[{''.join(_SUPERSCRIPT)}]+")
_SUBSCRIPTS = re.compile(f"[{''.join(_SUBSCRIPT)}{''.join(_SUPERSCRIPT)}]+")
_POWER = re.compile(r"(?<![\d.])(\d+)\^(\d+)(?!\d)")
_ORDINAL = re.compile(rf"{ALONE}({WHOLE})(?:st|nd|rd|th|ST|ND|RD|TH)(?![A-Za-z\d])")
_HASH = re.compile(r"(?<![\w#&])(?:#|№\s?|(?:\bNo\.|\bNO\.|\bNr\.)\s?)(\d{1,6})(?![\dA-Za-z])")
_BY = re.compile(rf"{ALONE}({NUMBER})\s?[xX×*✕]\s?({NUMBER})(?![\d.])")
_TIMES_NUMBER = re.compile(rf"(?<![A-Za-z\d])[xX×]\s?({NUMBER})(?![A-Za-z\d%])")
_NUMBER_TIMES = re.compile(rf"{ALONE}({NUMBER})[xX×](?![A-Za-z\d])")
_VERSUS = re.compile(r"(?<=\d)\s?[vV][sS]\.?\s?(?=\d)")
_RANGE = re.compile(rf"{ALONE}(?P<a>{NUMBER}){DASH}(?P<b>{NUMBER})(?![\d/A-Za-z-]|\.\d)")
_SIGN = rf"(?:(?<![\dA-Za-z)\]%])[{MINUS}+±](?=\d))?"
_PLAIN = re.compile(rf"(?P<sign>{_SIGN})(?P<n>{NUMBER})")
_POINT_FIRST = re.compile(r"(?<![\w.])\.(\d{1,6})(?![\d.])")
_LAST = re.compile(r"\d+")
_SUM_SIGNS = {"+": ("plus", "加"), "＋": ("plus", "加"), "=": ("equals", "等于"), "＝": ("equals", "等于"),
              "÷": ("divided by", "除以"), "×": ("times", "乘"), "*": ("times", "乘"), "−": ("minus", "减"),
              ">": ("greater than", "大于"), "<": ("less than", "小于"), "≥": ("at least", "大于等于"),
              "≤": ("at most", "小于等于"), "≠": ("is not", "不等于"), "≈": ("about", "约等于")}  # fmt: skip
_SUM = re.compile(r"(?<=[\dA-Za-z)%\ue000])\s?([+＋=＝÷×*−><≥≤≠≈])\s?(?=[-−]?[\dA-Za-z(\ue000])")
_SUBTRACT = re.compile(r"(?<=\d)\s?-\s?(?=\d+(?:\.\d+)?\s?[=＝])")
_ABOUT = re.compile(r"(?<![\w\ue000~])[~～≈]\s?(?=[\d\ue000])")
_ABOUT_ZH = re.compile("(?<=约)≈")
_HAN_BEHIND = re.compile(f"\\s?{IS_HAN}")


def apply(draft: Draft) -> None:
    draft.each(_MIXED, "fraction", lambda m: _mixed(m, draft))
    draft.each(_FRACTION_SIGN, "fraction", lambda m: _vulgar(m, draft))
    draft.each(_OF_TEN, "score", lambda m: _of_ten(m, draft))
    draft.each(_FRACTION, "fraction", lambda m: _fraction(m[1], m[2], m, draft))
    draft.each(_CIRCLE, "number", lambda m: _read(_CIRCLED[m[0]], m, draft))
    draft.each(_POWER, "power", lambda m: _power(m, draft))
    draft.each(_POWER_SIGN, "power", lambda m: _raised("".join(_SUPERSCRIPT[c] for c in m[0]), m, draft))
    draft.each(_SUBSCRIPTS, "number", lambda m: _read("".join((_SUBSCRIPT | _SUPERSCRIPT)[c] for c in m[0]), m, draft))
    draft.each(_ORDINAL, "ordinal", lambda m: say_en.ordinal(m[1]) if len(m[1]) < 16 else None)
    draft.each(_HASH, "ordinal", lambda m: _numbered(m, draft))
    draft.each(_VERSUS, "versus", lambda m: " versus " if _en(m, draft) else "比")
    draft.each(_BY, "product", lambda m: _product(m, draft))
    draft.each(_TIMES_NUMBER, "times", lambda m: f"times {say_en.number(m[1])}" if _en(m, draft) else None)
    draft.each(_NUMBER_TIMES, "times", lambda m: _number_times(m, draft))
    draft.each(_SUBTRACT, "sum", lambda m: " minus " if _en(m, draft) else "减")
    draft.each(_RANGE, "range", lambda m: _range(m, draft))
    draft.each(_ABOUT_ZH, "about", lambda m: "")
    draft.each(_ABOUT, "about", lambda m: "about " if _en(m, draft) else "约")


def sums(draft: Draft) -> None:
    """Signs between any two things."""
    draft.each(_SUM, "sum", lambda m: _sign(m, draft))


def plain(draft: Draft) -> None:
    """Last: any digit that is still there."""
    draft.each(_POINT_FIRST, "number", lambda m: _pointed(m, draft))
    draft.each(_PLAIN, "number", lambda m: _plain(m, draft))
    draft.each(_LAST, "number", lambda m: _read(m[0], m, draft))


def _en(m: Any, draft: Draft) -> bool:
    return draft.language(*m.span()) == "en"


def _read(number: str, m: Any, draft: Draft) -> str:
    return say_en.number(number) if _en(m, draft) else say_zh.number(number)


def _plain(m: Any, draft: Draft) -> str:
    number, sign = m["n"], m["sign"]
    if _en(m, draft):
        return {"+": "plus ", "±": "plus or minus ", "": ""}.get(sign, "minus ") + say_en.number(number)
    said = say_zh.counted(number, draft.text[m.end() : m.end() + 4]) if not _third(draft.text, m) else None
    return {"+": "加", "±": "正负", "": ""}.get(sign, "负") + (said or say_zh.number(number))


def _third(text: str, m: Any) -> bool:
    return text[max(0, m.start() - 1) : m.start()] == "第"


def _pointed(m: Any, draft: Draft) -> str:
    return f"point {say_en.digits(m[1])}" if _en(m, draft) else f"零点{say_zh.digits(m[1])}"


def _fraction(above: str, below: str, m: Any, draft: Draft) -> str:
    if _en(m, draft):
        return say_en.fraction(above, below)
    return f"{say_zh.number(below)}分之{say_zh.number(above)}"


def _of_ten(m: Any, draft: Draft) -> str | None:
    return f"{say_en.number(m[1])} out of {say_en.cardinal(m[2])}" if _en(m, draft) and m[2] != "5" else None


def _mixed(m: Any, draft: Draft) -> str | None:
    above, below = (m[2], m[3]) if m[2] else _VULGAR[m[4]].split("/")
    if not _en(m, draft):
        return f"{say_zh.number(m[1])}又{_fraction(above, below, m, draft)}"
    part = say_en.fraction(above, below)
    return f"{say_en.cardinal(m[1])} and {part.replace('one ', 'a ', 1) if above == '1' else part}"


def _vulgar(m: Any, draft: Draft) -> str:
    above, below = _VULGAR[m[2]].split("/")
    if not _en(m, draft):
        return (f"{say_zh.number(m[1])}又" if m[1] else "") + _fraction(above, below, m, draft)
    part = say_en.fraction(above, below)
    if m[1]:
        part = f"{say_en.cardinal(m[1])} and {part.replace('one ', 'a ', 1) if above == '1' else part}"
    elif m[3] and part == "one half":
        part = "half"
    return part + (m[3] or "")


def _power(m: Any, draft: Draft) -> str:
    if _en(m, draft):
        return f"{say_en.cardinal(m[1])} to the power of {say_en.cardinal(m[2])}"
    return f"{say_zh.cardinal(m[1])}的{'平' if m[2] == '2' else say_zh.cardinal(m[2]) + '次'}方"


def _raised(power: str, m: Any, draft: Draft) -> str:
    if _en(m, draft):
        return {"2": " squared", "3": " cubed"}.get(power) or f" to the power of {say_en.cardinal(power)}"
    return {"2": "的平方", "3": "的立方"}.get(power) or f"的{say_zh.cardinal(power)}次方"


def _numbered(m: Any, draft: Draft) -> str:
    if _en(m, draft):
        return f"number {say_en.cardinal(m[1])}"
    return f"{say_zh.number(m[1])}号"


def _product(m: Any, draft: Draft) -> str:
    if _en(m, draft):
        return f"{say_en.number(m[1])} times {say_en.number(m[2])}"
    return f"{say_zh.number(m[1])}乘{say_zh.number(m[2])}"


def _number_times(m: Any, draft: Draft) -> str:
    return f"{say_en.number(m[1])} X" if _en(m, draft) else f"{say_zh.counted(m[1], '倍')}倍"


def _range(m: Any, draft: Draft) -> str:
    if _en(m, draft):
        return f"{signed_en(m['a'])} to {signed_en(m['b'])}"
    behind = draft.text[m.end() : m.end() + 4]
    counted = behind if _HAN_BEHIND.match(behind) else ""
    return f"{signed_zh(m['a'], behind=counted)}到{signed_zh(m['b'], behind=counted)}"


def _sign(m: Any, draft: Draft) -> str:
    en, zh = _SUM_SIGNS[m[1]]
    return f" {en} " if _en(m, draft) else zh
