from __future__ import annotations

import pytest

from ishowtts.danmaku.letters import STYLED, unstyled


@pytest.mark.parametrize(
    ("dressed", "plain"),
    [("𝕳𝖊𝖑𝖑𝖔", "Hello"), ("ⓗⓔⓛⓛⓞ", "hello"), ("ｈｅｌｌｏ１", "hello1"), ("ʜᴇʟʟᴏ", "hello"), ("🅷🅴🅻🅻🅾", "HELLO"),
     ("🅐🅱", "AB"), ("ℋℯ𝓁𝓁ℴ", "Hello"), ("ﾊﾟﾝ", "パン"), ("ﬁt", "fit"), ("①②", "12")],
)  # fmt: skip
def test_letters_in_costume(dressed: str, plain: str) -> None:
    assert STYLED.sub(unstyled, dressed) == plain


@pytest.mark.parametrize("written", ["，！？；：（）", "½ x² №5 20℃ ™", "안녕 ㅋㅋ", "ﷺ", "ÀÉÎõü ß", "ΑΒΓ абв"])
def test_what_is_no_costume_stays(written: str) -> None:
    assert STYLED.sub(unstyled, written) == written
