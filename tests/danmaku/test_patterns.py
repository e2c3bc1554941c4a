from __future__ import annotations

import pytest

from ishowtts.danmaku.patterns import user_pattern


def test_case_is_ignored() -> None:
    assert user_pattern("gift|礼物").search("My GIFT")


@pytest.mark.parametrize(
    "pattern", ["", "(", "(?=a)", r"(a)\1", "a" * 201, "a{1,1001}", "((((a{1,100}){1,100}){1,100}){1,100})", "\ud800"]
)
def test_what_re2_cannot_run_in_linear_time_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"expression|repetition|text"):
        user_pattern(pattern)


def test_a_pattern_that_backtracking_never_ends_is_nothing_here() -> None:
    assert user_pattern("(a+)+$").search("a" * 5000 + "!") is None
