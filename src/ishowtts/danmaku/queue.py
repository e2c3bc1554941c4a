"""What will be read next, and what will not be: a voice says twelve to twenty messages a minute, a chat far more.

Pure and on an injected clock. The rules are those that streamers' tools converged on: paid before members before
mentions before chat; a full queue gives up the oldest of the least; nothing stale is read; what was paid for is never
given up for chat. And none must silence those below it, neither paid messages nor the many members of a channel: every
fourth turn is for the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar, get_args

Rank = Literal["system", "paid", "member", "mention", "chat"]
RANKS: tuple[Rank, ...] = get_args(Rank)
"""The most urgent first."""

KEPT: frozenset[Rank] = frozenset({"system", "paid"})
"""Never given up for another's sake."""

_LEVELS: tuple[tuple[Rank, ...], ...] = (("system", "paid"), ("member",), ("mention",), ("chat",))
"""Of the turns of each, some are for those below it."""

STALE_SECONDS: Mapping[Rank, float] = {"system": 600.0, "paid": 600.0, "member": 60.0, "mention": 60.0, "chat": 30.0}

FRESH_SECONDS: Mapping[Rank, float] = {"member": 20.0, "mention": 20.0, "chat": 0.0}
"""While only the newest is read, what is older makes room for it; the newest of each rank stays."""

Reason = Literal["evicted", "full", "stale", "backlog"]


class Queued(Protocol):
    """Anything that waits to be read; `arrived` is on the queue's clock."""

    @property
    def rank(self) -> Rank: ...

    @property
    def arrived(self) -> float: ...


Q = TypeVar("Q", bound=Queued)


@dataclass(frozen=True, slots=True)
class Lost(Generic[Q]):
    """Something that will not be read, and why."""

    item: Q
    reason: Reason


class PlayQueue(Generic[Q]):
    """At most `cap` items, or where more of those wait that are never given up, `cap_kept` of them and a few others."""

    def __init__(
        self,
        cap: int = 30,
        cap_kept: int = 200,
        stale: Mapping[Rank, float] = STALE_SECONDS,
        share_of_others: int = 4,
    ) -> None:
        """Of so many turns one is for those below: what is not paid, who is no member, what is no mention."""
        self._cap = cap
        self._cap_kept = cap_kept
        self._stale = stale
        self._share = share_of_others
        self._items: dict[Rank, list[Q]] = {rank: [] for rank in RANKS}
        self._turns = [0] * len(_LEVELS)  # in a row

    def __len__(self) -> int:
        return sum(map(len, self._items.values()))

    def items(self) -> list[Q]:
        """All, by rank and then by arrival; a turn for the others is not foreseen here."""
        return [item for rank in RANKS for item in self._items[rank]]

    def push(self, item: Q) -> Lost[Q] | None:
        """Take it in; what is lost by that, which may be the item itself."""
        lost = None
        kept = sum(len(self._items[rank]) for rank in KEPT)
        others = len(self) - kept
        # Where the paid alone fill it, some places are left, or there would be nobody to have a turn.
        places = max(self._cap - kept - (item.rank in KEPT), self._cap // self._share)
        if item.rank in KEPT:
            if kept >= self._cap_kept:
                return Lost(item, "full")
            if others > places:
                lost = self._evict(item.rank)
        elif others >= places and (lost := self._evict(item.rank)) is None:
            return Lost(item, "full")
        self._items[item.rank].append(item)
        return lost

    def pop(self, now: float, newest_only: bool = False) -> tuple[Q | None, list[Lost[Q]]]:
        """The next to be read, and what has waited too long; with `newest_only` also what is not fresh."""
        lost = self.drop_stale(now)
        if newest_only:
            lost += self._drop_behind(now)
        rank = self._next_rank()
        return (self._items[rank].pop(0) if rank is not None else None), lost

    def drop_stale(self, now: float) -> list[Lost[Q]]:
        """Take out what has waited too long."""
        lost = []
        for rank, items in self._items.items():
            old = [item for item in items if now - item.arrived > self._stale[rank]]
            for item in old:
                items.remove(item)
                lost.append(Lost(item, "stale"))
        return lost

    def restore(self, item: Q) -> None:
        """Put back what was taken and not read: it is next of its rank."""
        self._items[item.rank].insert(0, item)

    def put_before(self, item: Q, place: Q) -> None:
        """Take in what does not wait yet; it is of the rank of `place`, which waits."""
        items = self._items[place.rank]
        items.insert(items.index(place), item)

    def remove(self, unwanted: Callable[[Q], bool]) -> list[Q]:
        """Take out all of these."""
        found = [item for item in self.items() if unwanted(item)]
        for item in found:
            self._items[item.rank].remove(item)
        return found

    def find(self, wanted: Callable[[Q], bool]) -> Q | None:
        return next(filter(wanted, self.items()), None)

    def _drop_behind(self, now: float) -> list[Lost[Q]]:
        """First come, first served would read everybody just before they are stale, and nobody soon."""
        lost = []
        for rank, seconds in FRESH_SECONDS.items():
            items = self._items[rank]
            behind = [item for item in items[:-1] if seconds == 0 or now - item.arrived > seconds]
            for item in behind:
                items.remove(item)
                lost.append(Lost(item, "backlog"))
        return lost

    def _next_rank(self) -> Rank | None:
        for number, level in enumerate(_LEVELS):
            first = next((rank for rank in level if self._items[rank]), None)
            below = any(self._items[rank] for ranks in _LEVELS[number + 1 :] for rank in ranks)
            if first is not None and not (below and self._turns[number] >= self._share - 1):
                self._turns[number] += 1
                return first
            self._turns[number] = 0
        return None

    def _evict(self, up_to: Rank) -> Lost[Q] | None:
        """Give up the oldest of the lowest rank, as long as that is not above `up_to`, nor kept."""
        for rank in reversed(RANKS):
            if rank in KEPT or RANKS.index(rank) < RANKS.index(up_to):
                return None
            if self._items[rank]:
                return Lost(self._items[rank].pop(0), "evicted")
        return None
