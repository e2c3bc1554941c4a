"""Units of measure and money: how they are written, and what they are called."""

from __future__ import annotations

from typing import NamedTuple


class Unit(NamedTuple):
    one: str
    many: str
    zh: str


def _unit(one: str, zh: str, many: str | None = None) -> Unit:
    return Unit(one, many or one + "s", zh)


SPACED: dict[str, Unit] = {
    "km/h": _unit("kilometer per hour", "公里每小时", "kilometers per hour"),
    "kph": _unit("kilometer per hour", "公里每小时", "kilometers per hour"),
    "m/s": _unit("meter per second", "米每秒", "meters per second"),
    "mph": _unit("mile per hour", "英里每小时", "miles per hour"),
    "km²": _unit("square kilometer", "平方公里"), "km2": _unit("square kilometer", "平方公里"),
    "cm²": _unit("square centimeter", "平方厘米"), "m²": _unit("square meter", "平方米"),
    "m³": _unit("cubic meter", "立方米"), "㎡": _unit("square meter", "平方米"), "㎥": _unit("cubic meter", "立方米"),
    "km": _unit("kilometer", "公里"), "cm": _unit("centimeter", "厘米"), "mm": _unit("millimeter", "毫米"),
    "㎞": _unit("kilometer", "公里"), "㎝": _unit("centimeter", "厘米"), "㎜": _unit("millimeter", "毫米"),
    "μm": _unit("micrometer", "微米"), "nm": _unit("nanometer", "纳米"),
    "kg": _unit("kilogram", "公斤"), "㎏": _unit("kilogram", "公斤"), "mg": _unit("milligram", "毫克"),
    "lbs": _unit("pound", "磅"), "lb": _unit("pound", "磅"), "oz": _unit("ounce", "盎司"),
    "ft": _unit("foot", "英尺", "feet"),
    "ml": _unit("milliliter", "毫升"), "mL": _unit("milliliter", "毫升"), "㎖": _unit("milliliter", "毫升"),
    "TB": _unit("terabyte", "T"), "GB": _unit("gigabyte", "G"), "MB": _unit("megabyte", "兆"),
    "KB": _unit("kilobyte", "K"), "kB": _unit("kilobyte", "K"),
    "Gbps": _unit("gigabit per second", "G每秒", "gigabits per second"),
    "Mbps": _unit("megabit per second", "兆每秒", "megabits per second"),
    "MB/s": _unit("megabyte per second", "兆每秒", "megabytes per second"),
    "kbps": _unit("kilobit per second", "K每秒", "kilobits per second"),
    "GHz": _unit("gigahertz", "吉赫兹", "gigahertz"), "MHz": _unit("megahertz", "兆赫兹", "megahertz"),
    "kHz": _unit("kilohertz", "千赫兹", "kilohertz"), "Hz": _unit("hertz", "赫兹", "hertz"),
    "mAh": _unit("milliamp hour", "毫安时"), "kWh": _unit("kilowatt hour", "千瓦时"), "kW": _unit("kilowatt", "千瓦"),
    "dB": _unit("decibel", "分贝"), "kcal": _unit("kilocalorie", "千卡"),
    "ms": _unit("millisecond", "毫秒"), "fps": _unit("F.P.S", "帧", "F.P.S"), "FPS": _unit("F.P.S", "帧", "F.P.S"),
    "secs": _unit("second", "秒"), "sec": _unit("second", "秒"),
    "mins": _unit("minute", "分钟"), "min": _unit("minute", "分钟"),
    "hrs": _unit("hour", "小时"), "hr": _unit("hour", "小时"),
    "℃": _unit("degree Celsius", "摄氏度", "degrees Celsius"),
    "°C": _unit("degree Celsius", "摄氏度", "degrees Celsius"),
    "℉": _unit("degree Fahrenheit", "华氏度", "degrees Fahrenheit"),
    "°F": _unit("degree Fahrenheit", "华氏度", "degrees Fahrenheit"),
    "°": _unit("degree", "度"), "º": _unit("degree", "度"),
}  # fmt: skip
"""These may stand behind a space, and mean nothing else there."""

CLOSE: dict[str, Unit] = {
    "m": _unit("meter", "米"), "g": _unit("gram", "克"), "s": _unit("second", "秒"), "h": _unit("hour", "小时"),
    "L": _unit("liter", "升"), "l": _unit("liter", "升"), "V": _unit("volt", "伏"), "t": _unit("ton", "吨"),
    "px": _unit("pixel", "像素"),
}  # fmt: skip
"""These only right behind the number."""

TEMPERATURES = frozenset(("℃", "°C", "℉", "°F"))


class Money(NamedTuple):
    one: str
    many: str
    zh: str
    part: str
    parts: str


MONEY: dict[str, Money] = {
    "US$": Money("U.S dollar", "U.S dollars", "美元", "cent", "cents"),
    "HK$": Money("Hong Kong dollar", "Hong Kong dollars", "港币", "cent", "cents"),
    "NT$": Money("Taiwan dollar", "Taiwan dollars", "新台币", "cent", "cents"),
    "A$": Money("Australian dollar", "Australian dollars", "澳元", "cent", "cents"),
    "C$": Money("Canadian dollar", "Canadian dollars", "加元", "cent", "cents"),
    "$": Money("dollar", "dollars", "美元", "cent", "cents"),
    "€": Money("euro", "euros", "欧元", "cent", "cents"),
    "£": Money("pound", "pounds", "英镑", "penny", "pence"),
    "￥": Money("yuan", "yuan", "元", "fen", "fen"),
    "¥": Money("yuan", "yuan", "元", "fen", "fen"),
    "₩": Money("won", "won", "韩元", "jeon", "jeon"),
    "₹": Money("rupee", "rupees", "卢比", "paisa", "paise"),
    "₽": Money("ruble", "rubles", "卢布", "kopeck", "kopecks"),
    "₿": Money("bitcoin", "bitcoins", "比特币", "", ""),
}  # fmt: skip
CODES: dict[str, str] = {"RMB": "人民币", "CNY": "人民币", "USD": "美元", "EUR": "欧元", "GBP": "英镑", "JPY": "日元",
                         "HKD": "港币", "KRW": "韩元", "TWD": "新台币"}  # fmt: skip
SCALES_EN = {"k": "thousand", "m": "million", "mn": "million", "b": "billion", "bn": "billion", "t": "trillion",
             "thousand": "thousand", "million": "million", "billion": "billion", "trillion": "trillion"}  # fmt: skip
