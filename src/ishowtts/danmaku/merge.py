"""Many that are one: gifts in a row, and messages that say the same."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from ishowtts.danmaku.event import MOST_AMOUNT, MOST_COUNT, ChatEvent, Retraction

MOST_OPEN = 1000


def merged(first: ChatEvent, second: ChatEvent) -> ChatEvent | None:
    """`first` with what `second` adds, if both are the same gift of the same user; else None.

    For a gift that still waits in a queue as well as for one that comes."""
    if first.kind != "gift" or _gift(first) != _gift(second):
        return None
    amounts = [amount for amount in (first.amount, second.amount) if amount is not None]
    return replace(
        first,
        count=min(first.count + second.count, MOST_COUNT),
        amount=min(sum(amounts, Decimal(0)), MOST_AMOUNT) if amounts else None,
    )


@dataclass(frozen=True, slots=True)
class Gift:
    """A gift that is complete, and the events it was made of."""

    event: ChatEvent
    parts: tuple[ChatEvent, ...]


class GiftWindows:
    """Holds a gift back until none of its kind came for `quiet` seconds, or `longest` have passed since the first.

    At most `MOST_OPEN` are held; beyond, the oldest is complete. With `quiet` 0 all are at once."""

    def __init__(self, clock: Callable[[], float], quiet: float = 3.0, longest: float = 10.0) -> None:
        self._clock = clock
        self.quiet, self.longest = quiet, longest
        self._open: OrderedDict[tuple[str, ...], _Window] = OrderedDict()

    def __len__(self) -> int:
        return len(self._open)

    def add(self, event: ChatEvent) -> list[Gift]:
        """Take a gift in; those that are complete by that."""
        now = self._clock()
        out = self.due()
        window = self._open.get(_gift(event))
        if window is None:
            self._open[_gift(event)] = _Window(event, [event], now, now)
        elif (whole := merged(window.event, event)) is not None:
            window.event, window.last = whole, now
            window.parts.append(event)
        if self.quiet <= 0 or self.longest <= 0:
            return [*out, *self.flush()]
        while len(self._open) > MOST_OPEN:
            out.append(self._open.popitem(last=False)[1].gift())
        return out

    def first(self, event: ChatEvent) -> ChatEvent | None:
        """The first part of the gift that is held and of which `event` would be a part."""
        window = self._open.get(_gift(event))
        return window.parts[0] if window is not None else None

    def due(self) -> list[Gift]:
        """Those that are complete now."""
        now = self._clock()
        keys = [key for key, window in self._open.items() if self._due_at(window) <= now]
        return [self._open.pop(key).gift() for key in keys]

    def next_due(self) -> float | None:
        """When to ask again, on the clock."""
        return min(map(self._due_at, self._open.values()), default=None)

    def flush(self) -> list[Gift]:
        """All of them: before a stop."""
        windows = list(self._open.values())
        self._open.clear()
        return [window.gift() for window in windows]

    def retract(self, retraction: Retraction) -> list[ChatEvent]:
        """Take back what it covers; those events."""
        return self.remove(retraction.covers)

    def remove(self, unwanted: Callable[[ChatEvent], bool]) -> list[ChatEvent]:
        """Take out the parts for which this holds; those events."""
        gone: list[ChatEvent] = []
        for key, window in list(self._open.items()):
            kept = [part for part in window.parts if not unwanted(part)]
            gone += [part for part in window.parts if unwanted(part)]
            if not kept:
                del self._open[key]
            elif len(kept) < len(window.parts):
                window.event, window.parts = _sum(kept), kept
        return gone

    def _due_at(self, window: _Window) -> float:
        return min(window.last + self.quiet, window.first + self.longest)


def times(caption: str, count: int) -> str:
    return f"{caption} ×{count}" if count > 1 else caption


@dataclass(slots=True)
class _Window:
    event: ChatEvent
    parts: list[ChatEvent]
    first: float
    last: float

    def gift(self) -> Gift:
        return Gift(self.event, tuple(self.parts))


def _gift(event: ChatEvent) -> tuple[str, ...]:
    return (event.kind, event.user, event.gift, event.currency)


def _sum(parts: Sequence[ChatEvent]) -> ChatEvent:
    whole = parts[0]
    for part in parts[1:]:
        whole = merged(whole, part) or whole
    return whole
