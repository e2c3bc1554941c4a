"""Steps that look at what was read before: repeats, cooldowns, sampling."""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Callable, Hashable

from ishowtts.danmaku.policy import PacePolicy
from ishowtts.danmaku.verdict import GREETINGS, PASS, SKIP, Case, Finding
from ishowtts.serving.rate_limit import RateLimit

MOST_TEXTS = 10_000
GREETING_SECONDS = 600.0
"""A user joins, follows and likes once in so long."""


class Repeats:
    """When something was last read."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._read: OrderedDict[Hashable, float] = OrderedDict()

    def within(self, key: Hashable, seconds: float) -> bool:
        at = self._read.get(key)
        return at is not None and self._clock() - at < seconds

    def add(self, key: Hashable) -> None:
        self._read[key] = self._clock()
        self._read.move_to_end(key)
        while len(self._read) > MOST_TEXTS:
            self._read.popitem(last=False)


class PaceSteps:
    def __init__(self, policy: PacePolicy, repeats: Repeats, clock: Callable[[], float], chance: random.Random) -> None:
        self._policy = policy
        self._repeats = repeats
        self._chance = chance
        self._users = RateLimit(policy.user_per_minute, policy.user_burst, clock)
        self._room = RateLimit(policy.room_per_minute, policy.room_burst, clock)

    def duplicate(self, case: Case) -> Finding:
        if case.event.kind in GREETINGS:
            again = self._repeats.within(_greeting(case), GREETING_SECONDS)
            return Finding("drop", "duplicate_user") if again else PASS
        if not case.chat:
            return SKIP
        if self._repeats.within((case.event.user, case.key), self._policy.same_user_seconds):
            return Finding("drop", "duplicate_user")
        if self._repeats.within(case.key, self._policy.same_text_seconds):
            return Finding("drop", "duplicate")
        return PASS

    def cooldown(self, case: Case) -> Finding:
        if case.paid or case.event.kind in ("system", "raid"):
            return SKIP
        if self._users.wait(case.event.user) > 0:
            return Finding("drop", "cooldown_user")
        return Finding("drop", "cooldown_room") if self._room.wait("") > 0 else PASS

    def sample(self, case: Case) -> Finding:
        if not case.chat or self._policy.sample >= 1:
            return SKIP
        return PASS if self._chance.random() < self._policy.sample else Finding("drop", "sampled")

    def read(self, case: Case) -> None:
        """It is: what comes next is compared with it."""
        if case.paid or case.event.kind in ("system", "raid"):
            return
        if case.event.kind in GREETINGS:
            self._repeats.add(_greeting(case))
        elif case.chat:
            self._repeats.add(case.key)
            self._repeats.add((case.event.user, case.key))
        self._users.take(case.event.user)
        self._room.take("")


def _greeting(case: Case) -> Hashable:
    return (case.event.user, case.event.kind, "greeting")
