"""One room's news to all who listen: numbered, remembered for a while, and never held up by a slow reader.

A subscriber has a queue of its own with a bound. Who falls behind loses what waits for it and gets the whole state
anew: the producer never waits, and nobody hears of the past as if it were now.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, get_args

from ishowtts.errors import TooManySubscribers

Role = Literal["player", "caption", "studio"]
"""Who plays the sound; who shows captions; who runs the stream and sees all."""
ROLES: tuple[Role, ...] = get_args(Role)
ALL = frozenset(ROLES)

RING = 500
RING_SECONDS = 600.0
BACKLOG = 64
MOST_SUBSCRIBERS = 128

STATE = "state"


@dataclass(frozen=True, slots=True)
class News:
    """An event of a room. `replay`: still worth knowing for one who missed it."""

    id: str
    name: str
    data: dict[str, Any]
    roles: frozenset[Role] = ALL
    replay: bool = True
    at: float = 0.0


class Subscription:
    """Iterate it for news; the first is the state of the room."""

    def __init__(self, role: Role, state: Callable[[], News], missed: list[News]) -> None:
        self.role = role
        self.resyncs = 0
        """How often it fell behind."""
        self._state = state
        self._waiting: deque[News] = deque(missed)
        self._wants_state = True
        self._news = asyncio.Event()
        self._closed = False

    def offer(self, news: News) -> None:
        """Put it in its queue; drop all that waits where it is full."""
        if self.role not in news.roles:
            return
        if len(self._waiting) >= BACKLOG:
            self._waiting.clear()
            self._wants_state = True
            self.resyncs += 1
        self._waiting.append(news)
        self._news.set()

    def close(self) -> None:
        """The iteration ends after what waits."""
        self._closed = True
        self._news.set()

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> News:
        while True:
            if self._wants_state:
                self._wants_state = False
                return self._state()
            if self._waiting:
                return self._waiting.popleft()
            if self._closed:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()


class Broker:
    """Belongs to the event loop. `state` describes the room as it is now, for a role; ids are `<epoch>-<number>`."""

    def __init__(self, state: Callable[[Role], dict[str, Any]], clock: Callable[[], float] = time.monotonic) -> None:
        self.epoch = secrets.token_hex(4)  # a restart must not continue the numbers of the one before
        self._describe = state
        self._clock = clock
        self._number = 0
        self._ring: deque[News] = deque(maxlen=RING)
        self._subscriptions: set[Subscription] = set()
        self._counts: Counter[Role] = Counter()

    def __len__(self) -> int:
        return len(self._subscriptions)

    def count(self, role: Role) -> int:
        return self._counts[role]

    def publish(self, name: str, data: dict[str, Any], *, roles: frozenset[Role] = ALL, replay: bool = True) -> News:
        """Tell all of these roles, now and without waiting."""
        self._number += 1
        news = News(self._id(), name, data, roles, replay, self._clock())
        if replay:
            self._ring.append(news)
        for each in self._subscriptions:
            each.offer(news)
        return news

    @contextmanager
    def subscribed(self, role: Role, last_id: str = "") -> Iterator[Subscription]:
        """News from now on, and what was missed since `last_id`. Raises `TooManySubscribers`."""
        if len(self._subscriptions) >= MOST_SUBSCRIBERS:
            raise TooManySubscribers(f"This room has {MOST_SUBSCRIBERS} listeners, as many as it takes.", retry_after=5)
        subscription = Subscription(
            role, lambda: self._state(role), [news for news in self._since(last_id) if role in news.roles]
        )
        self._subscriptions.add(subscription)
        self._counts[role] += 1
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)
            self._counts[role] -= 1

    def close(self) -> None:
        """Let every subscriber go, with what waits for it."""
        for each in self._subscriptions:
            each.close()

    def _since(self, last_id: str) -> list[News]:
        epoch, _, number = last_id.partition("-")
        if epoch != self.epoch or not number.isascii() or not number.isdecimal() or len(number) > 18:
            return []
        oldest = self._clock() - RING_SECONDS
        return [news for news in self._ring if int(news.id.partition("-")[2]) > int(number) and news.at >= oldest]

    def _state(self, role: Role) -> News:
        return News(self._id(), STATE, self._describe(role), replay=False, at=self._clock())

    def _id(self) -> str:
        return f"{self.epoch}-{self._number}"
