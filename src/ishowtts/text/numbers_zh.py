"""Arabic numbers in Chinese text → characters as they are read: 2024年 → 二零二四年, 3.5% → 百分之三点五."""

from __future__ import annotations

import re

_DIGITS = "零一二三四五六七八九"
_PLACES = ("", "十", "百", "千")
_GROUPS = ("", "万", "亿", "兆")
_LONGEST_CARDINAL = 16
_NUMBER = r"\d+(?:\.\d+)?"
_MEASURES = "个位只条张件家台本天年周次种块千万亿倍遍斤米度杯瓶票场局把辆集部届名岁分秒点盘碗份首双对排层口头"
_UNITS = {
    "km/h": "公里每小时", "km": "公里", "kg": "公斤", "cm": "厘米", "mm": "毫米", "ml": "毫升", "mg": "毫克",
    "GB": "G", "MB": "兆", "℃": "摄氏度", "°C": "摄氏度", "℉": "华氏度", "°": "度",
}  # fmt: skip
_MONEY = {"¥": "元", "￥": "元", "$": "美元", "€": "欧元", "£": "英镑"}

_FULL_WIDTH = {ord("０") + i: str(i) for i in range(10)} | {ord("．"): ".", ord("％"): "%"}
_THOUSANDS = re.compile(r"(?<![\d,])\d{1,3}(?:,\d{3})+(?!\d|,\d)")
_YEAR = re.compile(r"(?<!\d)(\d{4})(?=年)")
_ISO_DATE = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_TIME = re.compile(r"(?<![\d:])([01]?\d|2[0-4])[:：]([0-5]\d)(?:[:：]([0-5]\d))?(?![\d:])")
_AMOUNT = re.compile(rf"([{''.join(map(re.escape, _MONEY))}])\s?({_NUMBER})([万亿]?)(?:元|块)?")
_PERCENT = re.compile(rf"({_NUMBER})\s?%")
_FRACTION = re.compile(r"(?<![\d/])(\d{1,4})/(\d{1,4})(?![\d/])")
_RANGE = re.compile(r"(?<=[\d%℃])\s?[-–—~～]\s?(?=\d)")
_SCORE = re.compile(r"(?<=\d)[:：](?=\d)")
_MINUS = re.compile(r"(?<![\dA-Za-z])[-−](?=\d)")
_UNIT = re.compile(rf"(?<=\d)\s?({'|'.join(map(re.escape, _UNITS))})(?![A-Za-z])")
_PLAIN = re.compile(r"\d+(?:\.\d+)*")
_PAIR = re.compile(rf"(?<![\d.第])2(?=[{_MEASURES}])(?!年级|月)")
_CHAT = re.compile(rf"(?<![\d.])(6{{3,}}|5{{3,}}|8{{3,}}|233+|520|1314|886|996|007)(?![\d.]|\s?[{_MEASURES}元人美秒])")


def spell_numbers(text: str) -> str:
    """Replace every run of digits by how it is read in Mandarin; text without digits comes back as it is."""
    text = text.translate(_FULL_WIDTH)
    if not re.search(r"\d", text):
        return text
    text = _CHAT.sub(lambda m: one_by_one(m[1]), text)
    text = _THOUSANDS.sub(lambda m: m[0].replace(",", ""), text)
    text = _ISO_DATE.sub(lambda m: f"{one_by_one(m[1])}年{int(m[2])}月{int(m[3])}日", text)
    text = _YEAR.sub(lambda m: one_by_one(m[1]), text)
    text = _TIME.sub(_read_time, text)
    text = _AMOUNT.sub(lambda m: m[2] + m[3] + _MONEY[m[1]], text)
    text = _PERCENT.sub(lambda m: f"百分之{_read(m[1])}", text)
    text = _FRACTION.sub(lambda m: f"{_read(m[2])}分之{_read(m[1])}", text)
    text = _UNIT.sub(lambda m: _UNITS[m[1]], _RANGE.sub("到", text))
    text = _MINUS.sub("负", _SCORE.sub("比", text))
    return _PLAIN.sub(lambda m: _read(m[0]), _PAIR.sub("两", text))


def one_by_one(digits: str) -> str:
    return "".join(_DIGITS[int(d)] for d in digits)


def cardinal(number: int) -> str:
    """0 ≤ number < 10^16 → 一百零五, 十二, 三万零二十."""
    if number == 0:
        return _DIGITS[0]
    out, gap = "", False
    for group in range((len(str(number)) - 1) // 4, -1, -1):
        part = number // 10 ** (4 * group) % 10_000
        if part == 0:
            gap = bool(out)
            continue
        out += (_DIGITS[0] if out and (gap or part < 1000) else "") + _below_10_000(part) + _GROUPS[group]
        gap = False
    return out.removeprefix("一") if out.startswith("一十") else out


def _below_10_000(number: int) -> str:
    out, gap = "", False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if digit:
            out += (_DIGITS[0] if gap else "") + _DIGITS[digit] + _PLACES[place]
            gap = False
        else:
            gap = bool(out)
    return out


def _read(number: str) -> str:
    """Digits with any number of points: a decimal, a version, a telephone number or a plain number."""
    whole, *rest = number.split(".")
    if rest:
        return "点".join([_read_whole(whole), *map(one_by_one, rest)])
    return _read_whole(whole)


def _read_whole(digits: str) -> str:
    telephone = len(digits) == 11 and digits[0] == "1"
    padded = len(digits) > 1 and digits[0] == "0"
    if telephone or padded or len(digits) > _LONGEST_CARDINAL:
        return one_by_one(digits).replace("一", "幺") if telephone else one_by_one(digits)
    return cardinal(int(digits))


def _read_time(m: re.Match[str]) -> str:
    minutes, seconds = int(m[2]), m[3]
    text = f"{cardinal(int(m[1])) if int(m[1]) != 2 else '两'}点"
    if minutes or seconds:
        text += ("零" if 0 < minutes < 10 else "") + cardinal(minutes) + "分"
    return text + (f"{cardinal(int(seconds))}秒" if seconds else "")
