"""`!tts hello`: a message that asks for something."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from ishowtts.danmaku.copies import unseen_start, visible

_NAME = re.compile(r"[^\W_][\w-]{0,31}(?=\s|$)")
_MOST_ARGUMENT = 200


class Command(NamedTuple):
    """`name` in lower case, without its mark; what follows it starts at `rest` of the text."""

    name: str
    argument: str
    """What follows it, on one line."""
    rest: int


def parse_command(text: str, prefixes: Iterable[str]) -> Command | None:
    """None for `!!!` and `! hello`: a name follows the mark at once."""
    start = unseen_start(text)
    for prefix in prefixes:
        if text.startswith(prefix, start) and (name := _NAME.match(text, start + len(prefix))):
            return Command(name[0].lower(), visible(text[name.end() :])[:_MOST_ARGUMENT], name.end())
    return None
