"""What a room knows of a user, beside what comes with each message."""

from __future__ import annotations

from dataclasses import dataclass

from ishowtts.danmaku.event import Author, Role

_LADDER: tuple[Role, ...] = ("follower", "subscriber", "vip", "moderator", "broadcaster")
_FROM = {
    "everyone": 0, "followers": 1, "subscribers": 2, "vips": 3, "moderators": 4, "broadcaster": 5,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """As it is stored for `source:id`."""

    muted: bool = False
    trusted: bool = False
    nickname: str = ""
    voice: str = ""
    """Given to them by the room."""
    chosen_voice: str = ""
    """The one they asked for with `!voice`."""


NOBODY = Person()


def rung(author: Author) -> int:
    """0 for everyone to 5 for the broadcaster."""
    return max((i + 1 for i, role in enumerate(_LADDER) if role in author.roles), default=0)


def at_least(author: Author, least: str) -> bool:
    return rung(author) >= _FROM[least]


def listed(user: str, name: str, names: frozenset[str]) -> bool:
    """`user` is `source:id`, and so may be an entry of the list; or it is a name."""
    folded = name.casefold()
    return user in names or folded in names or f"{user.partition(':')[0]}:@{folded}" in names
