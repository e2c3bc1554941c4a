from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ishowtts.text.language import dominant_language, runs

MIXED = st.text(alphabet="ab é1２9 ,.，。你好〇Ｚ'😀\u0301", max_size=40)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Hello there.", "en"),
        ("你好。", "zh"),
        ("欢迎来到 Discord server", "zh"),
        ("Please say 你 to my friends", "en"),
        ("Hello 世界", "zh"),
        ("666", "en"),
        ("666！", "zh"),
        ("", "en"),
        ("😀", "en"),
    ],
)
def test_dominant_language(text: str, language: str) -> None:
    assert dominant_language(text) == language


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello there.", [("en", "Hello there.")]),
        ("你好，world！", [("zh", "你好，"), ("en", "world！")]),
        ("iPhone 15 很好", [("en", "iPhone "), ("zh", "15 很好")]),
        ("他说 I have 3 apples", [("zh", "他说 "), ("en", "I have 3 apples")]),
        ("我有3个apple", [("zh", "我有3个"), ("en", "apple")]),
        ("我用 GPT-4", [("zh", "我用 "), ("en", "GPT-"), ("zh", "4")]),
        ("call 911", [("en", "call 911")]),
        ("（好", [("zh", "（好")]),
        ("", []),
    ],
)
def test_runs(text: str, expected: list[tuple[str, str]]) -> None:
    assert runs(text) == expected


@given(MIXED)
def test_runs_lose_nothing_and_alternate(text: str) -> None:
    parts = runs(text)
    assert "".join(run for _, run in parts) == text
    assert all(a[0] != b[0] for a, b in pairwise(parts))
