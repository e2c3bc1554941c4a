from __future__ import annotations

from decimal import Decimal

import pytest

from ishowtts.danmaku.money import said_amount, said_currency


@pytest.mark.parametrize(
    ("amount", "said"),
    [("30.00", "30"), ("4.99", "4.99"), ("4.50", "4.5"), ("0", "0"), ("1E+3", "1000"), ("100", "100")],
)
def test_amounts(amount: str, said: str) -> None:
    assert said_amount(Decimal(amount)) == said


def test_currencies() -> None:
    assert said_amount(None) == ""
    assert said_currency("cny", Decimal(5), "zh") == "元"
    assert said_currency("￥", Decimal(5), "en") == "yuan"
    assert said_currency("USD", Decimal(1), "en") == "dollar"
    assert said_currency("USD", Decimal(2), "en") == "dollars"
    assert said_currency("XAU", Decimal(2), "en") == "XAU"
    assert said_currency("", None, "zh") == ""
    assert said_currency("<|x|>", None, "zh") == ""
