"""What a source hands on: a thing said or done in a chat, or one that was taken back."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal, get_args

from ishowtts.text.cut import cut

Kind = Literal["chat", "gift", "superchat", "bits", "sub", "follow", "join", "like", "raid", "system"]
Role = Literal["broadcaster", "moderator", "vip", "subscriber", "follower", "bot"]
"""`subscriber` is whoever pays by the month: a sub, a member of a YouTube channel, a guard on Bilibili."""

KINDS: tuple[Kind, ...] = get_args(Kind)
ROLES: tuple[Role, ...] = get_args(Role)

MOST_TEXT = 1000
MOST_NAME = 100
MOST_ID = 128
MOST_CURRENCY = 16
MOST_EMOTES = 200
MOST_COUNT = 1_000_000
MOST_MONTHS = 1200
MOST_LEVEL = 1000
MOST_AMOUNT = Decimal(10**9)
_CENT = Decimal("0.01")
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_SOURCE = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Emote:
    """An emote that is written as `text[start:end]`, in code points."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Author:
    """Who said it. `level` is the medal of the platform, 0 for none; `id` may be empty where nobody is known."""

    id: str
    name: str
    roles: frozenset[Role] = frozenset()
    level: int = 0


@dataclass(frozen=True, slots=True)
class ChatEvent:
    """One thing in a chat. Sources make it by `bounded`; a field past its bounds raises `ValueError` here."""

    source: str
    kind: Kind
    author: Author
    text: str = ""
    message_id: str = ""
    at: float = 0.0
    """Unix seconds; 0 where the platform does not say."""
    amount: Decimal | None = None
    """In `currency`; bits have none. Of all `count` together; 0 for a gift that was free."""
    currency: str = ""
    gift: str = ""
    count: int = 1
    months: int = 0
    tier: str = ""
    color: str = ""
    """`#rrggbb` or empty."""
    emotes: tuple[Emote, ...] = ()
    """In order of the text, none over another."""
    voice: str = ""
    """That its sender asks for, above all that the room has; empty leaves it to the room."""

    def __post_init__(self) -> None:
        if not self._within_bounds():
            raise ValueError("a chat event is past its bounds: make it by `bounded`")

    def _within_bounds(self) -> bool:
        who, ends = self.author, [0, *(emote.end for emote in self.emotes)]
        return (
            bool(_SOURCE.fullmatch(self.source))
            and self.kind in KINDS
            and who.roles <= set(ROLES)
            and max(len(who.name), len(self.gift), len(self.tier), *(len(e.name) for e in self.emotes), 0) <= MOST_NAME
            and max(len(who.id), len(self.message_id)) <= MOST_ID
            and len(self.text) <= MOST_TEXT
            and 0 <= self.at < math.inf
            and (self.amount is None or _amount(self.amount) == self.amount)
            and len(self.currency) <= MOST_CURRENCY
            and 1 <= self.count <= MOST_COUNT
            and 0 <= self.months <= MOST_MONTHS
            and 0 <= who.level <= MOST_LEVEL
            and (not self.color or bool(_COLOR.fullmatch(self.color)))
            and len(self.emotes) <= MOST_EMOTES
            and len(self.voice) <= MOST_NAME
            and ends[-1] <= len(self.text)
            and all(end <= e.start < e.end for end, e in zip(ends, self.emotes, strict=False))
        )

    @property
    def user(self) -> str:
        """`source:id`, or `source:@name` for who has no id: whose it is, over all sources."""
        return f"{self.source}:{self.author.id or '@' + self.author.name.casefold()}"


@dataclass(frozen=True, slots=True)
class Retraction:
    """Moderators took back one message, all of one user, or everything of a source."""

    source: str
    message_id: str = ""
    user_id: str = ""
    everything: bool = False

    def __post_init__(self) -> None:
        if not (self.message_id or self.user_id or self.everything):
            raise ValueError("a retraction names a message, a user or everything")
        if max(len(self.message_id), len(self.user_id)) > MOST_ID:
            raise ValueError("ids of a retraction go through `identifier`")

    def covers(self, event: ChatEvent) -> bool:
        if event.source != self.source:
            return False
        by_id = bool(self.message_id) and event.message_id == self.message_id
        return self.everything or by_id or (bool(self.user_id) and event.author.id == self.user_id)


def bounded(
    source: str,
    kind: Kind,
    name: str,
    *,
    user_id: str = "",
    roles: Iterable[Role] = (),
    level: int = 0,
    text: str = "",
    message_id: str = "",
    at: float = 0.0,
    amount: Decimal | int | str | None = None,
    currency: str = "",
    gift: str = "",
    count: int = 1,
    months: int = 0,
    tier: str = "",
    color: str = "",
    emotes: Iterable[Emote] = (),
    voice: str = "",
) -> ChatEvent:
    """An event from what a platform sent, of any length and value: cut, clamped, or left out where it makes no sense.

    Raises `ValueError` for a source, kind or role that does not exist; those are the program's, not the chat's.
    """
    text = _text(text, MOST_TEXT)
    return ChatEvent(
        source=source,
        kind=kind,
        author=Author(identifier(user_id), _text(name, MOST_NAME), frozenset(roles), _between(0, level, MOST_LEVEL)),
        text=text,
        message_id=identifier(message_id),
        at=at if 0 <= at < math.inf else 0.0,
        amount=_amount(amount),
        currency=_text(currency, MOST_CURRENCY),
        gift=_text(gift, MOST_NAME),
        count=_between(1, count, MOST_COUNT),
        months=_between(0, months, MOST_MONTHS),
        tier=_text(tier, MOST_NAME),
        color=color.lower() if _COLOR.fullmatch(color) else "",
        emotes=tuple(_in_order(emotes, len(text))),
        voice=_text(voice, MOST_NAME),
    )


def identifier(value: str) -> str:
    """An id of a platform as it is, or what stands for it where it is too long: two of them never become one."""
    if len(value) > MOST_ID:
        return "sha256-" + hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
    return _SURROGATE.sub("\ufffd", value)


def _text(value: str, longest: int) -> str:
    """A lone surrogate, which JSON can hold, can be neither stored nor sent."""
    return _SURROGATE.sub("\ufffd", cut(value, longest))


def _between(least: int, value: int, most: int) -> int:
    return max(least, min(value, most))


def _amount(value: Decimal | int | str | None) -> Decimal | None:
    """In hundredths, which is as fine as money gets; None for what is no amount or none that anybody pays."""
    try:
        number = Decimal(value) if value is not None else Decimal("NaN")
        return number.quantize(_CENT) if 0 <= number <= MOST_AMOUNT else None
    except (InvalidOperation, ValueError):
        return None


def _in_order(emotes: Iterable[Emote], length: int) -> Iterable[Emote]:
    end = 0
    for emote in sorted(emotes, key=lambda emote: emote.start)[:MOST_EMOTES]:
        if end <= emote.start < emote.end <= length:
            end = emote.end
            yield Emote(_text(emote.name, MOST_NAME), emote.start, emote.end)
