from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ishowtts.errors import InvalidRequest
from ishowtts.text.clean import clean
from ishowtts.text.pauses import hide, stretches


def parts(text: str) -> list[tuple[float, str]]:
    hidden, seconds = hide(clean(text))
    assert len(hidden) == len(clean(text))
    return [(part.silence, hidden[part.start : part.end].strip()) for part in stretches(hidden, seconds)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hello. [pause 0.5s] World.", [(0.0, "Hello."), (0.5, "World.")]),
        ("你好[pause 250ms]大家[PAUSE 1]。", [(0.0, "你好"), (0.25, "大家"), (1.0, "。")]),
        ("[pause 2s]Hi", [(0.0, ""), (2.0, "Hi")]),
        ("Hi [pause 2 s]", [(0.0, "Hi"), (2.0, "")]),
        ("Hi [pause 1s][pause 1s] you", [(0.0, "Hi"), (1.0, ""), (1.0, "you")]),
        ("No [pause] here, [pause -1s] or [pause long].", [(0.0, "No [pause] here, [pause -1s] or [pause long].")]),
        ("Hi", [(0.0, "Hi")]),
    ],
)
def test_a_pause_parts_a_text(text: str, said: list[tuple[float, str]]) -> None:
    assert parts(text) == said


@pytest.mark.parametrize("text", ["[pause 11s]", "[pause 999999s]", "a [pause 10s] " * 7, "[pause 10001ms] x"])
def test_silence_has_a_bound(text: str) -> None:
    with pytest.raises(InvalidRequest, match="shorten"):
        hide(text)


@given(st.text(alphabet="a [pause0.5]s你", max_size=80))
def test_every_other_character_keeps_its_place(text: str) -> None:
    hidden, seconds = hide(text)
    assert len(hidden) == len(text)
    assert all(here == there for here, there in zip(hidden, text, strict=True) if here not in "\ue7ff ")
    assert len(stretches(hidden, seconds)) == len(seconds) + 1
