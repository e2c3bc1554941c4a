"""Sums of money: $3.50, ¥1,299, $2.5M, 20 USD, 99¢, 30元/月."""

from __future__ import annotations

import re
from typing import Any

from ishowtts.text.normal import say_en, say_zh
from ishowtts.text.normal.draft import Draft
from ishowtts.text.normal.patterns import ALONE, DASH, IS_HAN, NOT_MORE, NUMBER
from ishowtts.text.normal.units import CODES, MONEY, SCALES_EN

_SIGNS = "|".join(map(re.escape, sorted(MONEY, key=len, reverse=True)))
_SCALE = r"(?:\s?(?:thousand|million|billion|trillion)(?![a-z])|(?:bn|mn|[kKmMbBtTwW])(?![A-Za-z\d])|[万亿千百]+)"
_SUM = re.compile(
    rf"(?<![A-Za-z])(?P<sign>{_SIGNS})\s?(?P<a>{NUMBER})(?P<x>{_SCALE})?"
    rf"(?:{DASH}(?:{_SIGNS})?(?P<b>{NUMBER})(?P<y>{_SCALE})?)?(?![\d])(?:元|块(?!\d))?"
    rf"(?P<per>\s?/\s?(?:month|mo|year|yr|week|day|hour|hr|min|kg|lb|person|月|年|天|小时|人|斤|个|次)(?![A-Za-z]))?"
)
_CODED = re.compile(rf"{ALONE}(?P<a>{NUMBER})(?P<x>{_SCALE})?\s?(?P<code>{'|'.join(CODES)}){NOT_MORE}")
_CENTS = re.compile(rf"{ALONE}({NUMBER})\s?¢")
_PENCE = re.compile(rf"{ALONE}({NUMBER})p(?![A-Za-z\d])")
_PER_ZH = re.compile(rf"(?<=[元块角分米里克度字次人件\d])/(?=[月年天日周人斤个次件条只张时秒分])(?!{IS_HAN}{{4}})")
_DECIMAL_YUAN = re.compile(rf"{ALONE}(\d+\.\d)0(?=元|块)")
_PER = {"mo": "month", "yr": "year", "hr": "hour", "min": "minute", "kg": "kilogram", "lb": "pound"}


def apply(draft: Draft) -> None:
    draft.each(_SUM, "money", lambda m: _sum(m, draft))
    draft.each(_CODED, "money", lambda m: _coded(m, draft))
    draft.each(_CENTS, "money", lambda m: _cents(m, draft))
    draft.each(_PENCE, "money", lambda m: _pence(m, draft))
    draft.each(_DECIMAL_YUAN, "money", lambda m: say_zh.number(m[1]))
    draft.each(_PER_ZH, "money", lambda m: "每")


def _sum(m: Any, draft: Draft) -> str:
    money = MONEY[m["sign"]]
    per = (m["per"] or "").lstrip(" /")
    if draft.language(*m.span()) == "zh":
        said = _zh(m["a"], m["x"])
        if m["b"]:
            said += "到" + _zh(m["b"], m["y"])
        return said + money.zh + ("每" + per if per else "")
    if m["b"]:
        scale = m["y"] or m["x"]
        said = f"{_en(m['a'], m['x'])} to {_en(m['b'], m['y'])} {money.many}"
    elif m["x"]:
        scale = _en(m["a"], m["x"])
        said = f"{scale} {money.many}"
    else:
        said = _dollars(m["a"], money)
    return said + (f" per {_PER.get(per, per)}" if per else "")


def _dollars(amount: str, money: Any) -> str:
    whole, _, part = amount.partition(".")
    count = int(whole.replace(",", "")) if len(whole) < 30 else 2
    if part and (len(part) != 2 or not money.part):
        return f"{say_en.number(amount)} {money.many}"
    said = f"{say_en.cardinal(whole)} {money.one if count == 1 else money.many}"
    if part and int(part):
        cents = f"{say_en.cardinal(str(int(part)))} {money.part if int(part) == 1 else money.parts}"
        return f"{said} and {cents}" if count else cents
    return said


def _coded(m: Any, draft: Draft) -> str | None:
    if draft.language(*m.span()) != "zh":
        return f"{_en(m['a'], m['x'])} {'.'.join(m['code'])}"
    return _zh(m["a"], m["x"]) + CODES[m["code"]]


def _cents(m: Any, draft: Draft) -> str:
    if draft.language(*m.span()) == "zh":
        return say_zh.number(m[1]) + "美分"
    return f"{say_en.number(m[1])} {'cent' if m[1] == '1' else 'cents'}"


def _pence(m: Any, draft: Draft) -> str | None:
    """50p; but 720p is a picture."""
    if draft.language(*m.span()) == "zh" or len(m[1]) > 2:
        return None
    return f"{say_en.number(m[1])} {'penny' if m[1] == '1' else 'pence'}"


def _en(amount: str, scale: str | None) -> str:
    if not scale:
        return say_en.number(amount)
    word = SCALES_EN.get(scale.strip().lower())
    return f"{say_en.number(amount)} {word}" if word else say_en.number(amount) + scale


def _zh(amount: str, scale: str | None) -> str:
    """Of a sum what is small change: 1299.50 is 一千二百九十九点五."""
    if "." in amount:
        amount = amount.rstrip("0").rstrip(".")
    scale = (scale or "").strip()
    if scale.lower() in ("w",):
        scale = "万"
    elif scale.lower() in ("m", "mn", "million"):
        return say_zh.number(amount) + "百万"
    elif scale.lower() in ("b", "bn", "billion"):
        return say_zh.cardinal(amount + "0") + "亿" if amount.isdigit() else say_zh.number(amount) + "十亿"
    elif scale.lower() in ("k", "thousand"):
        scale = "千" if amount.isdigit() and len(amount) == 1 else "K"
    elif scale.lower() in ("t", "trillion"):
        scale = "万亿"
    return say_zh.counted(amount, scale or "个" if amount == "2" else scale) + scale
