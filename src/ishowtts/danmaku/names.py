"""How a user is called aloud, and when."""

from __future__ import annotations

import re
from collections.abc import Callable

from ishowtts.danmaku.copies import spoken
from ishowtts.danmaku.event import ChatEvent
from ishowtts.danmaku.person import NOBODY, Person
from ishowtts.danmaku.policy import NamePolicy
from ishowtts.text.cut import cut
from ishowtts.text.language import Language

_DIGITS = re.compile(r"(\d{3})\d+")
_JOINTS = re.compile(r"[\s_\-.~·•]+")
_SOMEBODY: dict[Language, str] = {"en": "Someone", "zh": "有人"}
MOST_NICKNAME = 40


def spoken_name(event: ChatEvent, policy: NamePolicy, language: Language, person: Person = NOBODY,
                anonymous: bool = False) -> str:  # fmt: skip
    """The nickname, or the name without what cannot be said; `Someone` where nothing is left, or may be."""
    if not anonymous:
        if given := _nickname(event, policy, person):
            return given
        name = _JOINTS.sub(" ", _DIGITS.sub(r"\1", spoken(_JOINTS.sub(" ", event.author.name), "drop"))).strip()
        if any(map(str.isalnum, name)):
            return _short(name, policy.longest)
    return _SOMEBODY[language]


class LastNamed:
    """Who was named last: whoever goes on speaking is not named again. Ask when a message is played, not before."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last: tuple[str, float] | None = None

    def name_now(self, user: str, repeat_after: float) -> bool:
        """Whether to name them; they have spoken now."""
        now = self._clock()
        again = self._last is not None and self._last[0] == user and now - self._last[1] < repeat_after
        self._last = (user, self._last[1] if again and self._last else now)
        return not again

    def forget(self) -> None:
        """The next is named: after a pause, or when something else was said."""
        self._last = None


def _nickname(event: ChatEvent, policy: NamePolicy, person: Person) -> str:
    if person.nickname:
        return spoken(cut(person.nickname, MOST_NICKNAME), "drop")
    wanted = {event.user.casefold(), event.author.name.casefold(), f"{event.source}:@{event.author.name.casefold()}"}
    found = next((nick for name, nick in policy.nicknames.items() if name.casefold() in wanted), "")
    return spoken(found, "drop")


def _short(name: str, longest: int) -> str:
    short = cut(name, longest)
    if short != name and " " in short and not name[len(short)].isspace():
        short = short.rpartition(" ")[0]  # not half a word
    return short.strip() or cut(name, longest)
