from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ishowtts.danmaku.template_text import PLACES, checked_template, fill


def test_one_pass_a_user_called_text_is_a_user_called_text() -> None:
    """Chained replacing put the message in the place of the name."""
    assert fill("{user} says: {text}", {"user": "{text}", "text": "{user}"}) == "{text} says: {user}"


def test_a_colon_behind_which_there_is_nothing_is_left_out() -> None:
    assert fill("{user} sent {amount} {currency}: {text}", {"user": "Ann", "amount": "5"}) == "Ann sent 5"
    assert fill("{user}订阅了{tier}：{text}", {"user": "小明"}) == "小明订阅了"
    assert fill("{user} subscribed {tier}: {text}", {"user": "Ann", "text": "hi"}) == "Ann subscribed: hi"


@pytest.mark.parametrize(
    "template", ["{user.name}", "{}", "{User}", "{user!r}", "{", "}", "{{user}}", "{user} {other}"]
)
def test_places_that_do_not_exist(template: str) -> None:
    with pytest.raises(ValueError, match="places"):
        checked_template(template)


@given(st.sampled_from(PLACES), st.text(max_size=50))
def test_a_value_is_never_a_template(place: str, value: str) -> None:
    said = fill("x{" + place + "}x", {place: value})  # type: ignore[dict-item]
    assert "".join(said.split()) == "".join(f"x{value}x".split())
