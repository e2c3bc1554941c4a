from __future__ import annotations

import pytest

from ishowtts.danmaku.commands import Command, parse_command


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("!tts hello there", Command("tts", "hello there", 4)),
        ("  !TTS", Command("tts", "", 6)),
        ("\u200b!tts\u200b hi", None),
        ("\u200b!tts hi", Command("tts", "hi", 5)),
        ("/me waves", Command("me", "waves", 3)),
        ("!!!", None),
        ("! hello", None),
        ("hello !tts", None),
        ("!voice " + "x" * 500, Command("voice", "x" * 200, 6)),
        ("!声音 小北", Command("声音", "小北", 3)),
        ("", None),
    ],
)
def test_what_is_a_command(text: str, command: Command | None) -> None:
    assert parse_command(text, ["!", "/"]) == command
