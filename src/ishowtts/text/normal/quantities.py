"""Numbers with something behind them: percents, units, ranges of both, how many times, points of the compass."""

from __future__ import annotations

import re
from typing import Any

from ishowtts.text.normal import say_en, say_zh
from ishowtts.text.normal.draft import Draft
from ishowtts.text.normal.patterns import ALONE, DASH, MINUS, NUMBER
from ishowtts.text.normal.units import CLOSE, SPACED, TEMPERATURES, Unit

_SIGN = rf"(?:(?<![\dA-Za-z)])[{MINUS}](?=\d))?"
_PERCENT = re.compile(
    rf"(?<![A-Za-z\d.])(?P<a>{_SIGN}{NUMBER})(?:\s?%(?={DASH}))?(?:{DASH}(?P<b>{NUMBER}))?\s?(?P<sign>[%‰％])"
)
_UNITS = "|".join(map(re.escape, sorted(SPACED, key=len, reverse=True)))
_NEAR = "|".join(sorted(CLOSE, key=len, reverse=True))
_UNIT = re.compile(
    rf"{ALONE}(?P<a>{_SIGN}{NUMBER})(?:\s?(?:{_UNITS})(?={DASH}))?(?:{DASH}(?P<b>{_SIGN}{NUMBER}))?"
    rf"(?:\s?(?P<unit>{_UNITS})|(?P<close>{_NEAR}))(?![A-Za-z\d²³])"
)
_FEET = re.compile(r"""(?<![\d.])(\d{1,2})['’′]\s?(?:(\d{1,2})(?:["”″]|''|(?!\d)))?(?![A-Za-z])""")
_FEET_WORDS = re.compile(r"(?<![\d.])(\d{1,2})\s?(?:ft|foot|feet)\s(\d{1,2})(?![\d.])(?:\s?(?:in|inches)(?![a-z]))?")
_TIMES_EN = re.compile(
    rf"{ALONE}({NUMBER})\s?[xX×](?=\s+(?:faster|slower|more|less|better|bigger|the|as|speed|zoom)\b)"
)
_WATTS = re.compile(rf"{ALONE}({NUMBER})\s?W(?![A-Za-z\d])")
_POWER_ZH = re.compile("\\s?(?:快充|充电|功率|电源|灯|的?充)")
_THOUSANDS = re.compile(rf"{ALONE}(?P<a>{NUMBER})\s?(?P<x>[kKwWM])(?:\+)?(?![A-Za-z\d])")


def apply(draft: Draft) -> None:
    draft.each(_PERCENT, "percent", lambda m: _percent(m, draft))
    draft.each(_FEET_WORDS, "unit", lambda m: f"{say_en.cardinal(m[1])} feet {say_en.cardinal(m[2])}")
    draft.each(_FEET, "unit", lambda m: _feet(m, draft))
    draft.each(_UNIT, "unit", lambda m: _unit(m, draft))
    draft.each(_TIMES_EN, "times", lambda m: f"{say_en.number(m[1])} times")
    draft.each(_WATTS, "unit", lambda m: _watts(m, draft))
    draft.each(_THOUSANDS, "number", lambda m: _thousands(m, draft))


def signed_en(text: str) -> str:
    return f"minus {say_en.number(text[1:])}" if text[0] in MINUS else say_en.number(text)


def signed_zh(text: str, minus: str = "负", behind: str = "") -> str:
    return minus + say_zh.number(text[1:]) if text[0] in MINUS else say_zh.counted(text, behind)


def _percent(m: Any, draft: Draft) -> str:
    whole = "thousand" if m["sign"] == "‰" else "percent"
    if draft.language(*m.span()) == "zh":
        of = "千分之" if m["sign"] == "‰" else "百分之"
        values = [m["a"], *([m["b"]] if m["b"] else [])]
        return "到".join(_percent_zh(value, of) for value in values)
    said = signed_en(m["a"]) + (f" to {say_en.number(m['b'])}" if m["b"] else "")
    return f"{said} {'per ' if m['sign'] == '‰' else ''}{whole}"


def _percent_zh(value: str, of: str) -> str:
    minus = "负" if value[0] in MINUS else ""
    value = value.lstrip(MINUS)
    return f"{minus}{of}{'百' if value == '100' and of == '百分之' else say_zh.number(value)}"


def _unit(m: Any, draft: Draft) -> str | None:
    unit: Unit = SPACED[m["unit"]] if m["unit"] else CLOSE[m["close"]]
    if draft.language(*m.span()) == "zh":
        if m["close"] == "s" and m["a"].isdigit() and len(m["a"]) == 2 and m["a"][1] == "0":
            return None  # the 80s
        minus = "零下" if m["unit"] in TEMPERATURES else "负"
        said = signed_zh(m["a"], minus, unit.zh)
        if m["b"]:
            said += (unit.zh if m["unit"] in TEMPERATURES else "") + "到" + signed_zh(m["b"], minus, unit.zh)
        return said + unit.zh
    said = signed_en(m["a"]) + (f" to {signed_en(m['b'])}" if m["b"] else "")
    return f"{said} {unit.one if m['a'].lstrip(MINUS) == '1' and not m['b'] else unit.many}"


def _feet(m: Any, draft: Draft) -> str | None:
    if m[2] is None or draft.language(*m.span()) == "zh":
        return None
    return f"{say_en.cardinal(m[1])} {'foot' if m[1] == '1' else 'feet'} {say_en.cardinal(m[2])}"


def _watts(m: Any, draft: Draft) -> str | None:
    if draft.language(*m.span()) == "zh":
        return f"{say_zh.number(m[1])}瓦" if _POWER_ZH.match(draft.text, m.end()) else None
    return f"{say_en.number(m[1])} {'watt' if m[1] == '1' else 'watts'}"


def _thousands(m: Any, draft: Draft) -> str | None:
    """10k, 2.5M; in Chinese 300w is 三百万, 4K a picture."""
    amount, scale = m["a"], m["x"]
    if draft.language(*m.span()) == "zh":
        if scale in "wW":
            return say_zh.counted(amount, "万") + "万"
        if scale == "k":
            return say_zh.counted(amount, "千") + "千" if len(amount) == 1 else say_zh.number(amount) + "K"
        return f"{say_zh.number(amount)}{scale}"
    if scale in "wW":
        return None
    if scale == "M":
        return f"{say_en.number(amount)} million"
    return f"{say_en.number(amount)} {'thousand' if scale == 'k' else 'K'}"
