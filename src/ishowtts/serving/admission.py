"""Who may join the queue, and when to come again who may not.

A caller is refused when its first sound would be longer in coming than `max_wait`, by the scheduler's own order and the
measured pace; or when the places are gone, of which nobody gets the last quarter alone. A refused caller is told when
there will be room *for it*: the time is booked, and one who comes back for it then goes before newcomers, so the time
told is true even while more is asked for than can be done. Without bookings every refusal would be a lottery ticket.
"""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import islice

from ishowtts.errors import QueueFull
from ishowtts.serving.claim import Claim
from ishowtts.serving.fairness import Waiting, of_class, ranked

SHORTEST, LONGEST = 1, 120
"""Seconds, of what is told."""

NEWCOMERS = 0.75
"""Part of `max_wait` up to which a newcomer is taken whatever is booked: those who booked may never come back."""

AIM = 0.85
"""Part of `max_wait` that should be left of the queue when a refused caller comes back."""

LENIENCE = 1.5
"""Times `max_wait` that one who booked may find: it was promised, and others may have taken longer than thought."""

EARLY = 0.5
"""Seconds before its time that a booking is good."""

GRACE = 3.0
"""Seconds for which a booking is kept after its time, and a tenth of what was told on top."""

LEARNING = 0.2
"""Of the newest outcome in the share of bookings that are kept."""

MOST_BOOKINGS = 10_000

SHARE = 3
"""A client's jobs may be so many times what stays free."""


@dataclass(frozen=True, slots=True)
class _Booking:
    client: str
    seconds: float
    due: float
    until: float


@dataclass(frozen=True, slots=True)
class _Newcomer:
    claim: Claim
    arrived: float
    deadline: float | None = None


class Admission:
    """The door of a queue with `max_jobs` places."""

    def __init__(
        self, max_jobs: int, max_wait: float, ageing: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._max_jobs = max_jobs
        self._max_wait = max_wait
        self._ageing = ageing
        self._clock = clock
        self._bookings: dict[int, _Booking] = {}
        self._kept = 1.0
        """The part of bookings, of late, for which somebody came back: where nobody does, they hold up nobody."""

    def check(self, claims: Sequence[Claim], inside: Collection[Waiting], rate: float, key: int | None = None) -> None:
        """Raises `QueueFull` unless all these jobs may join those that are `inside`.

        `rate` is seconds of sound made in a second; `key` knows a request again when it comes back.
        """
        now = self._clock()
        self._expire(now)
        first = _Newcomer(claims[0], now)
        order = ranked([*inside, first], {}, of_class(self._ageing))
        ahead = order[: order.index(first)]
        wait = sum(entry.claim.seconds for entry in ahead) / rate
        booking = None if key is None else self._bookings.get(key)
        early = 0.0 if booking is None else booking.due - EARLY - now
        too_many = self._too_many(claims, inside)
        booked = self._booked(claims[0])
        if not too_many and (
            wait <= NEWCOMERS * self._max_wait
            or (booking is not None and early <= 0 and wait <= LENIENCE * self._max_wait)
            or wait + booked / rate <= self._max_wait
        ):
            if booking is not None and key is not None:
                del self._bookings[key]
                self._learn(1.0)
            return
        if early > 0:
            told = math.ceil(early)
        else:
            others = (entry.claim.seconds for entry in order if entry is not first)
            for_places = sum(islice(others, too_many)) / rate
            told = self._told(wait + booked / rate, for_places)
            self._book(key, claims, now, told)
        raise QueueFull(f"The server is busy. Try again in {told} s.", retry_after=told)

    def _too_many(self, claims: Sequence[Claim], inside: Collection[Waiting]) -> int:
        """How many jobs have to leave before these have a place."""
        client = claims[0].sender.client
        mine = sum(entry.claim.sender.client == client for entry in inside) + len(claims)
        free = self._max_jobs - len(inside)
        return max(0, len(claims) - free, math.ceil(mine / SHARE) - free)

    def _booked(self, claim: Claim) -> float:
        """Seconds of sound that others will come back for before a newcomer with this claim has its share."""
        of_client: dict[str, float] = defaultdict(float)
        for booking in self._bookings.values():
            of_client[booking.client] += booking.seconds
        mine = of_client.pop(claim.sender.client, 0.0)
        return self._kept * (mine + sum(min(theirs, mine + claim.seconds) for theirs in of_client.values()))

    def _told(self, wait: float, for_places: float) -> int:
        seconds = max(wait - AIM * self._max_wait, for_places)
        return min(LONGEST, max(SHORTEST, math.ceil(seconds)))

    def _book(self, key: int | None, claims: Sequence[Claim], now: float, told: int) -> None:
        """What is further off than can be told is not promised."""
        if key is not None:
            self._bookings.pop(key, None)
        if key is None or told >= LONGEST or len(self._bookings) >= MOST_BOOKINGS:
            return
        seconds = sum(claim.seconds for claim in claims)
        until = now + 1.1 * told + GRACE
        self._bookings[key] = _Booking(claims[0].sender.client, seconds, now + told, until)

    def _expire(self, now: float) -> None:
        for key in [key for key, booking in self._bookings.items() if booking.until < now]:
            del self._bookings[key]
            self._learn(0.0)

    def _learn(self, outcome: float) -> None:
        self._kept += LEARNING * (outcome - self._kept)
