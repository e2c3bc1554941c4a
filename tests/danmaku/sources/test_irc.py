from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ishowtts.danmaku.sources.irc import MOST_LINE, Line, Lines, parse, unescape

text = st.text(max_size=300)


def test_a_message_with_tags() -> None:
    line = parse("@badges=moderator/1;id=a-b;empty= :ann!ann@ann.tmi.twitch.tv PRIVMSG #chan :hello : world")
    assert line == Line(
        "PRIVMSG",
        ("#chan", "hello : world"),
        "ann!ann@ann.tmi.twitch.tv",
        {"badges": "moderator/1", "id": "a-b", "empty": ""},
    )
    assert line.nick == "ann"


@pytest.mark.parametrize(
    ("written", "said"),
    [(":)", ":)"), ("::", "::"), (" :)", " :)"), ("a :b", "a :b"), ("", ""), ("  two  spaces ", "  two  spaces ")],
)
def test_defect_8_a_smiley_keeps_its_colon(written: str, said: str) -> None:
    line = parse(f":a!a@a PRIVMSG #chan :{written}")
    assert line is not None
    assert line.params == ("#chan", said)


def test_defect_8_tag_values_are_unescaped() -> None:
    line = parse(r"@a=one\stwo\:three\\four\r\n;b=end\;c=x\y\bz;d;=nameless CMD")
    assert line is not None
    assert line.tags == {"a": "one two;three\\four\r\n", "b": "end", "c": "xybz", "d": ""}


@pytest.mark.parametrize(
    "junk", ["", " ", ":", "@", "@a=b", "@a=b ", ":prefix", ": :", "@ :", "\x00", "PR!V x", "命令 x"]
)
def test_what_is_no_line_is_none(junk: str) -> None:
    assert parse(junk) is None


def test_a_line_without_text_and_with_many_spaces() -> None:
    assert parse("PING") == Line("PING")
    assert parse("@a=b   :p   join   #x  ") == Line("JOIN", ("#x",), "p", {"a": "b"})


@given(text)
def test_anything_is_parsed_or_none(written: str) -> None:
    line = parse(written)
    if line is not None:
        assert line.command.isalnum()
        assert len(line.params) <= 17


@given(st.dictionaries(st.text("abcdefghij-", min_size=1), st.text(max_size=30), max_size=5), text)
def test_what_is_written_is_what_is_read(tags: dict[str, str], said: str) -> None:
    said = said.replace("\r", "").replace("\n", "")
    for bad in "\x00":
        said = said.replace(bad, "")
    pairs = [f"{name}={_escape(value)}" for name, value in tags.items()]
    line = parse(f"@{';'.join(pairs)} :n!n@n PRIVMSG #c :{said}")
    assert line is not None
    assert line.tags == tags
    assert line.params == ("#c", said)


def _escape(value: str) -> str:
    for plain, written in (("\\", "\\\\"), (";", "\\:"), (" ", "\\s"), ("\r", "\\r"), ("\n", "\\n")):
        value = value.replace(plain, written)
    return value


@given(text)
def test_unescape_takes_anything(value: str) -> None:
    assert len(unescape(value)) <= len(value)
    assert unescape(_escape(value)) == value


@given(st.lists(st.text(st.characters(exclude_characters="\r\n"), min_size=1, max_size=40), max_size=20), st.randoms())
def test_lines_are_the_same_however_they_are_cut(wanted: list[str], random: object) -> None:
    stream = "".join(line + "\r\n" for line in wanted)
    lines, got, at = Lines(), [], 0
    while at < len(stream):
        size = random.randint(1, 50)  # type: ignore[attr-defined]
        got += lines.feed(stream[at : at + size])
        at += size
    assert got == wanted


def test_a_line_that_never_ends_is_dropped_and_holds_no_memory() -> None:
    lines = Lines()
    for _ in range(1000):
        assert lines.feed("x" * 1000) == []
        assert len(lines._begun) <= MOST_LINE
    assert lines.feed("the end of it\r\nPING :a\r\nhal") == ["PING :a"]
    assert lines.feed("f\r\n") == ["half"]
    assert lines.feed("y" * (MOST_LINE + 1) + "\r\nPING :b\n") == ["PING :b"]
