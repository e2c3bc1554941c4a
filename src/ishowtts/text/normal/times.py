"""Times of the day, lengths of time, and what only looks like them: scores and ratios."""

from __future__ import annotations

import re
from typing import Any

from ishowtts.text.normal import say_en, say_zh
from ishowtts.text.normal.draft import Draft
from ishowtts.text.normal.patterns import DASH

_COLON = "[:：]"
_CLOCK = r"(?:[01]?\d|2[0-4])"
_HALF = r"(?:\s?(?P<half>[AaPp])\.?[Mm]\b\.?)"
_LONG = re.compile(rf"(?<![\d:：])(?P<h>\d{{1,2}}){_COLON}(?P<m>[0-5]\d){_COLON}(?P<s>[0-5]\d)(?![\d:：]|\.\d)")
_SPAN = re.compile(
    rf"(?<![\d:：])(?P<a>{_CLOCK})(?:{_COLON}(?P<am>[0-5]\d))?{_HALF.replace('half', 'ahalf')}?{DASH}"
    rf"(?P<b>{_CLOCK})(?:{_COLON}(?P<bm>[0-5]\d))?{_HALF}?(?![\d:：])"
)
_TIME = re.compile(rf"(?<![\d:：.])(?P<h>{_CLOCK}){_COLON}(?P<m>[0-5]\d)(?![\d:：])(?:{_HALF})?")
_HOUR = re.compile(rf"(?<![\d:：.])(?P<h>{_CLOCK}){_HALF}(?![A-Za-z])")
_SCORE = re.compile(rf"(?<![\d:：.])(\d{{1,3}}){_COLON}(\d{{1,3}})(?![\d:：])")
_SCORE_DASH = re.compile(r"(?<![\d.-])(\d{1,3})[-–—](\d{1,3})(?![\d.-])")
_SCORE_ZH = re.compile("比分|战胜|战平|击败|领先|落后|赢|输|胜|负于|率|比例|以$")
_SCORE_EN = re.compile(
    r"\b(?:won|win|wins|lost|lose|beat|beats|score|scored|lead|led|vote|tied|up|down|it's|was)\b", re.I
)
_ALWAYS = re.compile(r"(?<!\d)24/7(?!\d)")
_NINE_ELEVEN = re.compile(r"(?<![\d/])9/11(?![\d/])")
_ZONE = re.compile(r"(?<=[\ue000\sMm.])(?:[ECMP][SD]T|GMT|UTC|CET|JST|BST)(?![A-Za-z])")


def apply(draft: Draft) -> None:
    draft.each(_ALWAYS, "time", lambda m: "twenty-four seven" if _en(m, draft) else "二十四小时")
    draft.each(_NINE_ELEVEN, "date", lambda m: "nine eleven" if _en(m, draft) else None)
    draft.each(_LONG, "time", lambda m: _length(m, draft))
    draft.each(_SPAN, "time", lambda m: _span(m, draft))
    draft.each(_TIME, "time", lambda m: _time(m, draft))
    draft.each(_HOUR, "time", lambda m: _hour(m, draft))
    draft.each(_SCORE, "score", lambda m: _ratio(m, draft))
    draft.each(_SCORE_DASH, "score", lambda m: _score(m, draft))
    draft.each(_ZONE, "acronym", lambda m: ".".join(m[0]))


def _en(m: Any, draft: Draft) -> bool:
    return draft.language(*m.span()) == "en"


def _length(m: Any, draft: Draft) -> str:
    hours, minutes, seconds = (int(m[x]) for x in "hms")
    if not _en(m, draft):
        return f"{say_zh.counted(str(hours), '小时')}小时{say_zh.number(str(minutes))}分{say_zh.number(str(seconds))}秒"
    parts = ((hours, "hour"), (minutes, "minute"), (seconds, "second"))
    return " ".join(f"{say_en.cardinal(str(n))} {word}{'s' * (n != 1)}" for n, word in parts if n) or "zero seconds"


def _time(m: Any, draft: Draft) -> str | None:
    behind, before = draft.text[m.end() : m.end() + 3], draft.text[max(0, m.start() - 8) : m.start()]
    if _en(m, draft):
        return _clock_en(m["h"], m["m"], m["half"])
    if m["half"] is None and (_SCORE_ZH.search(before) or _SCORE_ZH.match(behind)):
        return None
    return _clock_zh(m["h"], m["m"], m["half"])


def _clock_en(hour: str, minute: str | None, half: str | None) -> str:
    said = say_en.cardinal(str(int(hour)))
    if minute and int(minute):
        said += f" oh {say_en.cardinal(minute[1])}" if minute[0] == "0" else f" {say_en.cardinal(minute)}"
    elif minute and not half:
        said += " o'clock" if int(hour) <= 12 else " hundred"
    return said + (f" {half.upper()}.M" if half else "")


def _clock_zh(hour: str, minute: str | None, half: str | None) -> str:
    part = {"a": "上午", "p": "下午"}.get((half or "").lower(), "")
    said = f"{part}{say_zh.counted(str(int(hour)), '点')}点"
    if minute and int(minute):
        said += ("零" if minute[0] == "0" else "") + say_zh.number(str(int(minute))) + "分"
    return said


def _span(m: Any, draft: Draft) -> str | None:
    """14:00-16:00, 6-8pm; 3-5 alone is none."""
    if m["am"] is None and m["ahalf"] is None and m["half"] is None:
        return None
    if m["bm"] is None and m["half"] is None:
        return None
    if _en(m, draft):
        first = _clock_en(m["a"], m["am"], m["ahalf"])
        return f"{first.removesuffix(chr(32) + 'oclock')} to {_clock_en(m['b'], m['bm'], m['half'])}"
    first = _clock_zh(m["a"], m["am"], m["ahalf"] or m["half"])
    return f"{first}到{_clock_zh(m['b'], m['bm'], m['half'] if m['ahalf'] else None)}"


def _hour(m: Any, draft: Draft) -> str:
    return _clock_en(m["h"], None, m["half"]) if _en(m, draft) else _clock_zh(m["h"], None, m["half"])


def _ratio(m: Any, draft: Draft) -> str:
    if _en(m, draft):
        return f"{say_en.cardinal(m[1])} to {say_en.cardinal(m[2])}"
    return f"{say_zh.number(m[1])}比{say_zh.number(m[2])}"


def _score(m: Any, draft: Draft) -> str | None:
    """3-1 behind "won", 3-2 behind 比分."""
    before = draft.text[max(0, m.start() - 14) : m.start()]
    if _en(m, draft):
        near = _SCORE_EN.search(before)
        behind = draft.text[m.end() : m.end() + 2].lstrip()[:1]
        if near is None or behind.isalpha() or behind in ("%", "$"):
            return None
        return f"{say_en.cardinal(m[1])} {say_en.cardinal(m[2])}"
    found = _SCORE_ZH.search(before[-5:]) or before.endswith("以")
    return f"{say_zh.number(m[1])}比{say_zh.number(m[2])}" if found else None
