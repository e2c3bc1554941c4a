from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ishowtts.danmaku.links import has_link, replace_links


def test_the_word_is_of_the_language_around() -> None:
    assert replace_links("look: https://a.example/b", "replace") == "look: link"
    assert replace_links("快看https://a.example/b", "replace") == "快看 链接"
    assert replace_links("look: https://a.example/b", "drop") == "look: "


@pytest.mark.parametrize(
    ("link", "host"),
    [
        ("https://user:pass@www.evil.example:8443/a?b#c", "evil dot example"),
        ("HTTPS://EVIL.EXAMPLE", "EVIL dot EXAMPLE"),
        ("discord.gg/abc", "discord dot gg"),
        ("youtu.be/abc?t=1", "youtu dot be"),
        ("javascript://x", "x"),
    ],
)
def test_of_an_address_the_host(link: str, host: str) -> None:
    assert replace_links(link, "host") == host


def test_a_mark_that_ends_the_sentence_is_kept() -> None:
    assert replace_links("see a.com/b. And (www.b.com)!", "replace") == "see link. And (link)!"


@given(st.text(alphabet="ab.:/@w。com 你-1", max_size=200))
def test_what_has_no_address_stays(text: str) -> None:
    assert has_link(text) or replace_links(text, "replace") == text
