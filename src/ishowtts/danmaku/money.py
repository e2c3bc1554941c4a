"""Sums as they are said: 4.99 dollars, 30元."""

from __future__ import annotations

from decimal import Decimal

from ishowtts.danmaku.copies import spoken
from ishowtts.text.language import Language

_SIGNS = {"¥": "CNY", "￥": "CNY", "$": "USD", "€": "EUR", "£": "GBP", "₩": "KRW", "NT$": "TWD", "HK$": "HKD",
          "RMB": "CNY", "US$": "USD"}  # fmt: skip
_NAMES: dict[str, tuple[str, str, str]] = {  # one, several, Chinese
    "CNY": ("yuan", "yuan", "元"), "USD": ("dollar", "dollars", "美元"), "EUR": ("euro", "euros", "欧元"),
    "GBP": ("pound", "pounds", "英镑"), "JPY": ("yen", "yen", "日元"), "KRW": ("won", "won", "韩元"),
    "HKD": ("Hong Kong dollar", "Hong Kong dollars", "港币"), "TWD": ("Taiwan dollar", "Taiwan dollars", "新台币"),
    "AUD": ("Australian dollar", "Australian dollars", "澳元"), "INR": ("rupee", "rupees", "卢比"),
    "CAD": ("Canadian dollar", "Canadian dollars", "加元"),
    "SGD": ("Singapore dollar", "Singapore dollars", "新加坡元"),
    "BRL": ("real", "reais", "雷亚尔"), "MXN": ("Mexican peso", "Mexican pesos", "墨西哥比索"),
    "CHF": ("franc", "francs", "法郎"), "RUB": ("rouble", "roubles", "卢布"), "THB": ("baht", "baht", "泰铢"),
    "PHP": ("peso", "pesos", "比索"), "VND": ("dong", "dong", "越南盾"), "SEK": ("krona", "kronor", "瑞典克朗"),
    "PLN": ("zloty", "zloty", "兹罗提"), "TRY": ("lira", "lira", "里拉"), "MYR": ("ringgit", "ringgit", "令吉"),
}  # fmt: skip


def said_amount(amount: Decimal | None) -> str:
    """30.00 → 30, 4.99 → 4.99, 4.50 → 4.5; never 3E+1."""
    if amount is None:
        return ""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def said_currency(code: str, amount: Decimal | None, language: Language) -> str:
    """What nobody here knows is said as it is written."""
    code = code.strip().upper()
    names = _NAMES.get(_SIGNS.get(code, code))
    if names is None:
        return spoken(code)
    return names[2] if language == "zh" else names[0] if amount == 1 else names[1]
