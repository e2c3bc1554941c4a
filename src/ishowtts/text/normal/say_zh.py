"""Numbers as they are said in Mandarin: strings of digits in, characters out."""

from __future__ import annotations

import re

from ishowtts.text.numbers_zh import cardinal as _cardinal
from ishowtts.text.numbers_zh import one_by_one

_LONGEST = 16
_TWO = re.compile("^二(?=[千万亿])")

MEASURES = (
    "个位只条张件家台本天年周次种块倍遍斤米杯瓶票场局把辆集部届名岁分秒点盘碗份首双对排层口头间颗枚串箱套棵匹座艘"
    "支枝根节门句段篇页轮圈步趟顿声群批些股滴样片粒朵封幅副架滴声波章课款档期组筐袋桶盒罐"
)
"""Before these, 2 is 两 (a year of school and a month are not counted)."""
_COUNTS_TWO = re.compile(f"\\s?(?:小时|钟头|公里|公斤|厘米|星期|礼拜|千克|毫米|多|[{MEASURES}万亿千])(?!级|号)")


def digits(text: str) -> str:
    return one_by_one("".join(c for c in text if c.isdigit()))


def phone(text: str) -> str:
    return digits(text).replace("一", "幺")


def cardinal(text: str) -> str:
    """Of a whole number, commas or not; one that is padded or too long goes digit by digit."""
    text = text.replace(",", "")
    if len(text) > _LONGEST or (len(text) > 1 and text[0] == "0"):
        return digits(text)
    return _TWO.sub("两", _cardinal(int(text)))


def number(text: str) -> str:
    """Whole or decimal."""
    whole, point, part = text.partition(".")
    return cardinal(whole or "0") + (f"点{digits(part)}" if point and part else "")


def counted(text: str, behind: str) -> str:
    """`number`, where `behind` is what follows it: 2 of something is 两."""
    return "两" if text == "2" and _COUNTS_TWO.match(behind) else number(text)
