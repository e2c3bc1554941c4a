"""Dates, years and decades."""

from __future__ import annotations

import re
from typing import Any

from ishowtts.text.normal import say_en, say_zh
from ishowtts.text.normal.draft import Draft
from ishowtts.text.normal.patterns import DASH

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_SHORT = {name[:3]: name for name in _MONTHS} | {"Sept": "September"}
_MONTH = rf"(?:{'|'.join(_MONTHS)}|(?:{'|'.join(_SHORT)})\b\.?)"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])"
_YEAR = r"(?:1\d{3}|20\d\d)"
_END = r"(?![\d/-])(?!\.\d)"

_ISO = re.compile(rf"(?<![\d/.-])(?P<y>[12]\d{{3}})(?P<by>[-/.])(?P<m>1[0-2]|0?[1-9])(?P=by)(?P<d>{_DAY}){_END}")
_SLASHED = re.compile(rf"(?<![\d/])(?P<m>\d{{1,2}})/(?P<d>\d{{1,2}})/(?P<y>(?:19|20)\d\d){_END}")
_MONTH_DAY = re.compile(
    rf"(?<![A-Za-z])(?P<m>{_MONTH})\s?(?P<d>{_DAY})(?P<th>st|nd|rd|th)?(?![\d:%]|\.\d|[A-Za-z])"
    rf"(?P<y>,?\s{_YEAR}(?!\d|\.\d))?"
)
_DAY_MONTH = re.compile(
    rf"(?<![\d.])(?P<the>the\s)?(?P<d>{_DAY})(?:st|nd|rd|th)?(?:\sof)?\s(?P<m>{_MONTH})(?![A-Za-z])(?P<y>,?\s{_YEAR}(?!\d))?"
)
_DECADE = re.compile(r"(?<![\dA-Za-z])(?:['’](?P<short>\d0)|(?P<long>[12]\d\d0)|(?P<bare>[2-9]0))['’]?s(?![A-Za-z])")
_YEARS = re.compile(rf"(?<![\d/-])(?P<a>{_YEAR}){DASH}(?P<b>{_YEAR}|\d\d)(?![\d/-])(?!\s?[%$€£]|\.\d)")
_YEAR_EN = re.compile(rf"(?<![\d.,$€£-])(?<![A-Za-z])({_YEAR})(?!\d|,\d|\.\d|-\d|[A-Za-z%])")
_BEFORE_YEAR = re.compile(
    rf"\b(?:in|since|of|from|by|until|till|before|after|around|circa|during|year|spring|summer|autumn|fall|winter"
    rf"|early|late|mid|Q[1-4]|{_MONTH}|the|{_YEAR}\s(?:to|and|or))\s$",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\s+(?!was|is|has|his|its|this|census|olympics|elections|games|news|crisis|series|less|plus|us\b)[a-z]+s\b"
    r"|\s+(?:people|of|more|other|new|or more|damage|gold|points|men|women)\b"
)
_YEAR_ZH = re.compile(r"(?<!\d)(\d{4})\s?(?=年(?!级|前|后|来|间|历史)|届|赛季|款|版|级(?!别)|秋|春|夏|冬)")
_AGE_ZH = re.compile(r"(?<![\d.])([0-9][05])(?=后(?!面|边|退|来|天|悔|续)|[、,，/和与]\s?[0-9][05]后)")
_FESTIVAL_ZH = re.compile(
    r"(?<![\d.])(?P<a>\d{1,2})[.·•]?(?P<b>\d{1,2})(?=[”\"’]?\s?(?:晚会|假期|黄金周|长假|大促|购物节|事件|活动|劳动节|国庆))"
)
_DOUBLE_ZH = re.compile(r"(?<=双)\s?(1[0-2]|\d)(?!\d)")
_MONTH_DAY_ZH = re.compile(
    r"(?<=[是在于到至期日从])\s?(?P<m>1[0-2]|0?[1-9])/(?P<d>3[01]|[12]\d)(?![\d/])(?!\s?[的个份])"
)
_DATES_TO = re.compile(r"(?<=[\d\ue000][日号月年元块点分岁度级])[-–—~～](?=\d)")
_PAST_BC = re.compile(r"(?<=\d\s)(BCE?|AD|CE)(?![A-Za-z])")


def apply(draft: Draft) -> None:
    draft.each(_ISO, "date", lambda m: _full(m, draft))
    draft.each(_SLASHED, "date", lambda m: _slashed(m, draft))
    draft.each(_MONTH_DAY, "date", lambda m: f"{_month(m['m'])} {say_en.ordinal(str(int(m['d'])))}{_year(m['y'])}")
    draft.each(_DAY_MONTH, "date", _day_month)
    draft.each(_DECADE, "decade", lambda m: _decade(m, draft))
    draft.each(_YEARS, "years", lambda m: _years(m, draft))
    draft.each(_YEAR_ZH, "year", lambda m: say_zh.digits(m[1]))
    draft.each(_AGE_ZH, "year", lambda m: say_zh.digits(m[1]))
    draft.each(_FESTIVAL_ZH, "date", _festival)
    draft.each(_DOUBLE_ZH, "date", lambda m: say_zh.cardinal(m[1]))
    draft.each(_MONTH_DAY_ZH, "date", lambda m: f"{say_zh.number(m['m'].lstrip('0'))}月{say_zh.number(m['d'])}日")
    draft.each(_DATES_TO, "range", lambda m: "到")
    draft.each(_PAST_BC, "acronym", lambda m: ".".join(m[1]))
    draft.each(_YEAR_EN, "year", lambda m: _year_en(m, draft))


def _year_en(m: Any, draft: Draft) -> str | None:
    """2000 people are no year; 1998 is, 1500 only where it says "in"."""
    if draft.language(*m.span()) != "en" or _COUNTED.match(draft.text, m.end()):
        return None
    if not _BEFORE_YEAR.search(draft.text[max(0, m.start() - 16) : m.start()]):
        return say_en.year(m[1]) if m[1][:2] in ("19", "20") and m[1] != "2000" else None
    return say_en.year(m[1])


def _full(m: Any, draft: Draft) -> str:
    if draft.language(*m.span()) == "zh":
        return f"{say_zh.digits(m['y'])}年{say_zh.number(str(int(m['m'])))}月{say_zh.number(str(int(m['d'])))}日"
    return f"{_MONTHS[int(m['m']) - 1]} {say_en.ordinal(str(int(m['d'])))}, {say_en.year(m['y'])}"


def _slashed(m: Any, draft: Draft) -> str | None:
    """Month first, as in America, where it can be one."""
    month, day = int(m["m"]), int(m["d"])
    if month > 12:
        month, day = day, month
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    if draft.language(*m.span()) == "zh":
        return f"{say_zh.digits(m['y'])}年{say_zh.number(str(month))}月{say_zh.number(str(day))}日"
    return f"{_MONTHS[month - 1]} {say_en.ordinal(str(day))}, {say_en.year(m['y'])}"


def _month(text: str) -> str:
    return _SHORT.get(text.rstrip("."), text.rstrip("."))


def _year(text: str | None) -> str:
    return f", {say_en.year(text[-4:])}" if text else ""


def _day_month(m: Any) -> str:
    return f"the {say_en.ordinal(str(int(m['d'])))} of {_month(m['m'])}{_year(m['y'])}"


def _decade(m: Any, draft: Draft) -> str | None:
    if draft.language(*m.span()) == "zh":
        return None
    return say_en.decade(m["short"] or m["long"] or m["bare"])


def _years(m: Any, draft: Draft) -> str | None:
    if len(m["b"]) == 4 and not 0 < int(m["b"]) - int(m["a"]) < 500:
        return None
    if len(m["b"]) == 2 and not (m["a"][:2] in ("19", "20") and int(m["b"]) == int(m["a"][2:]) + 1):
        return None
    if draft.language(*m.span()) == "zh":
        return f"{say_zh.digits(m['a'])}到{say_zh.digits(m['b'])}"
    return f"{say_en.year(m['a'])} to {say_en.year(m['b']) if len(m['b']) == 4 else say_en.cardinal(m['b'])}"


def _festival(m: Any) -> str:
    first = say_zh.number(m["a"]) if len(m["a"]) == 2 and m["a"][0] == "1" else say_zh.digits(m["a"])
    return first + say_zh.digits(m["b"])
