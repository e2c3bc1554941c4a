from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ishowtts.text.numbers_zh import cardinal, spell_numbers


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2024年3月5日", "二零二四年三月五日"),
        ("2024-03-05", "二零二四年三月五日"),
        ("12:05开播", "十二点零五分开播"),
        ("2:00", "两点"),
        ("01:02:03", "一点零二分三秒"),
        ("3.14", "三点一四"),
        ("3.11.2", "三点一一点二"),
        ("￥1,299.50", "一千二百九十九点五零元"),
        ("$3万", "三万美元"),
        ("涨了3.5%", "涨了百分之三点五"),
        ("1/3", "三分之一"),
        ("比分3:2", "比分三比二"),
        ("-5℃", "负五摄氏度"),
        ("3-5个", "三到五个"),
        ("5km", "五公里"),
        ("2个", "两个"),
        ("第2个", "第二个"),
        ("12个", "十二个"),
        ("2月", "二月"),
        ("13800138000", "幺三八零零幺三八零零零"),
        ("666", "六六六"),
        ("666块", "六百六十六块"),
        ("１２", "十二"),
        ("007号", "零零七号"),
        ("9" * 20, "九" * 20),
        ("没有数字", "没有数字"),
    ],
)
def test_numbers_are_read_as_spoken(text: str, read: str) -> None:
    assert spell_numbers(text) == read


@pytest.mark.parametrize(
    ("number", "read"),
    [
        (0, "零"),
        (10, "十"),
        (110, "一百一十"),
        (1005, "一千零五"),
        (10_020, "一万零二十"),
        (100_000, "十万"),
        (1_000_001, "一百万零一"),
        (100_000_000, "一亿"),
        (100_010_000, "一亿零一万"),
        (123_456_789, "一亿二千三百四十五万六千七百八十九"),
    ],
)
def test_cardinal(number: int, read: str) -> None:
    assert cardinal(number) == read


@given(st.text(alphabet="0123456789.,:/-%¥$ 年月个k℃第a", max_size=30))
def test_no_digit_stays(text: str) -> None:
    assert not any(c in "0123456789" for c in spell_numbers(text))
