"""Lines of IRC with tags (IRCv3), as Twitch sends them: bytes of a connection → lines → their parts."""

from __future__ import annotations

from dataclasses import dataclass, field

MOST_LINE = 16 * 1024
"""Characters; Twitch sends up to 8191 of tags and 512 of the rest."""
MOST_PARAMS = 15
_ESCAPES = {":": ";", "s": " ", "\\": "\\", "r": "\r", "n": "\n"}


@dataclass(frozen=True, slots=True)
class Line:
    """`@tags :prefix COMMAND params`; tag values unescaped, the command in upper case."""

    command: str
    params: tuple[str, ...] = ()
    prefix: str = ""
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def nick(self) -> str:
        """Of the prefix `nick!user@host`."""
        return self.prefix.partition("!")[0].partition("@")[0]

    @property
    def text(self) -> str:
        """The last parameter, empty without any."""
        return self.params[-1] if self.params else ""

    def param(self, place: int) -> str:
        """Empty where there is none."""
        return self.params[place] if place < len(self.params) else ""


def parse(line: str) -> Line | None:
    """None for what is no line of IRC."""
    tags: dict[str, str] = {}
    prefix = ""
    rest = line.lstrip(" ")
    if rest.startswith("@"):
        written, _, rest = rest[1:].partition(" ")
        tags = _tags(written)
        rest = rest.lstrip(" ")
    if rest.startswith(":"):
        prefix, _, rest = rest[1:].partition(" ")
    # Only the first " :" begins the text: one that comes later, or a text that begins with ":", is what was said.
    middle, found, text = f" {rest}".partition(" :")
    words = middle.split(" ", MOST_PARAMS + 1)
    words = [word for word in words if word]
    if not words or not words[0].isalnum() or not words[0].isascii():
        return None
    return Line(words[0].upper(), (*words[1:], text) if found else tuple(words[1:]), prefix, tags)


def unescape(value: str) -> str:
    r"""Of a tag: `\s` a space, `\:` a semicolon; a backslash before anything else, or at the end, goes."""
    if "\\" not in value:
        return value
    out, characters = [], iter(value)
    for character in characters:
        if character == "\\":
            character = next(characters, "")
            character = _ESCAPES.get(character, character)
        out.append(character)
    return "".join(out)


def _tags(written: str) -> dict[str, str]:
    pairs = (tag.partition("=") for tag in written.split(";"))
    return {name: unescape(value) for name, _, value in pairs if name}


class Lines:
    """Puts lines together again: many may come in one frame, and one in many."""

    def __init__(self, longest: int = MOST_LINE) -> None:
        self._longest = longest
        self._begun = ""
        self._skipping = False  # the rest of a line that was too long

    def feed(self, received: str) -> list[str]:
        """Whole lines, without their ends; what is left waits for the next call. Too long ones are dropped."""
        *ended, rest = (self._begun + received).split("\n")
        if ended and self._skipping:
            del ended[0]
            self._skipping = False
        if len(rest) > self._longest:
            self._skipping = True
        self._begun = "" if self._skipping else rest
        lines = (line.removesuffix("\r") for line in ended)
        return [line for line in lines if line and len(line) <= self._longest]
