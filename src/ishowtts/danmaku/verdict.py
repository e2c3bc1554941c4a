"""What the filters said of an event: whether it is read, why not, and what each step saw."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple, get_args

from ishowtts.danmaku.commands import Command
from ishowtts.danmaku.copies import Copies
from ishowtts.danmaku.event import ChatEvent, Kind
from ishowtts.danmaku.person import Person

Reason = Literal[
    "source_off", "kind_off", "below_minimum", "user_muted", "user_denied", "bot", "command", "not_command", "role",
    "level", "link", "severe_word", "blocked_word", "blocked_over_messages", "empty", "duplicate", "duplicate_user",
    "cooldown_user", "cooldown_room", "too_long", "sampled",
]  # fmt: skip
REASONS: tuple[Reason, ...] = get_args(Reason)
Said = Literal["pass", "change", "drop", "skip"]

PAID: frozenset[Kind] = frozenset({"gift", "superchat", "bits", "sub"})
GREETINGS: frozenset[Kind] = frozenset({"follow", "join", "like"})


def is_paid(event: ChatEvent) -> bool:
    """Some gifts cost nothing; where a platform does not say, it was paid for."""
    return event.kind in PAID and event.amount != 0


class Finding(NamedTuple):
    """What one step says; `reason` where it drops, or takes the text from what is paid for."""

    said: Said = "pass"
    reason: Reason | None = None
    note: str = ""


PASS = Finding()
SKIP = Finding("skip")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the trace."""

    name: str
    saw: str
    said: Said
    reason: Reason | None
    note: str
    text: str
    """As it left the step."""


@dataclass(slots=True)
class Case:
    """An event on its way through the filters."""

    event: ChatEvent
    person: Person
    text: str
    """As it will be said, as far as is known."""
    copies: Copies | None = None
    caption: str = ""
    command: Command | None = None
    trusted: bool = False
    anonymous: bool = False
    withheld: Reason | None = None

    @property
    def paid(self) -> bool:
        return is_paid(self.event)

    @property
    def chat(self) -> bool:
        return self.event.kind == "chat"

    @property
    def key(self) -> str:
        return (self.copies.match if self.copies else "") or self.text.casefold()

    def refuse(self, reason: Reason, note: str = "") -> Finding:
        """Drop it; of what is more than its text, the text alone."""
        if self.event.kind in ("chat", "system"):
            return Finding("drop", reason, note)
        self.text = self.caption = ""
        self.withheld = reason
        return Finding("change", reason, note or "the text is withheld")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` is None if it is read. `text` goes to the voice, `caption` to the page."""

    event: ChatEvent
    reason: Reason | None
    text: str
    caption: str
    key: str
    """The same for messages that say the same."""
    trusted: bool = False
    anonymous: bool = False
    """The name is not to be said or shown."""
    withheld: Reason | None = None
    """Why the text of what is paid for is missing."""
    command: Command | None = None
    """What it asks for, read or not; not from whom nothing is read."""
    trace: tuple[Step, ...] = field(default=(), repr=False)

    @property
    def read(self) -> bool:
        return self.reason is None
