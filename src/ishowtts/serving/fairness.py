"""In which order jobs have their turn: by urgency, then by fair share, then by when their sound is wanted.

Shares are of seconds of sound. Every client has a counter of what was made for it, and whoever has had least is next; a
client that comes back after a pause starts level with the least served of those at work, so that nobody saves up
turns. (A virtual counter rather than rounds with a deficit: jobs join and leave between any two steps, so there are no
rounds. Sheng et al., "Fairness in Serving Large Language Models", arXiv 2401.00588.) Inside a client the same holds
for its rooms, and inside a room jobs go by when they are due.

A waiting job counts as one class more urgent for every `ageing` seconds, so that nothing waits for ever.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Protocol, TypeVar

from ishowtts.priority import URGENCY
from ishowtts.serving.claim import Claim, Sender

Flow = tuple[str, str | None]
"""(client, room), or (client, None) for all of a client."""


class Waiting(Protocol):
    """Anything with a claim on the engine. Times are `time.monotonic()` seconds."""

    @property
    def claim(self) -> Claim: ...

    @property
    def arrived(self) -> float: ...

    @property
    def deadline(self) -> float | None: ...


W = TypeVar("W", bound=Waiting)


def due(entry: Waiting) -> float:
    """When its sound is wanted, if all of its text is to be heard without a gap from its arrival on."""
    at = entry.arrived + entry.claim.offset
    return at if entry.deadline is None else min(at, entry.deadline)


def level(entry: Waiting, now: float, ageing: float) -> int:
    """Its class, 0 the most urgent, after so long a wait."""
    return max(0, URGENCY[entry.claim.priority] - int(max(0.0, now - entry.arrived) / ageing))


def ranked(entries: Iterable[W], served: Mapping[Flow, float], now: float, ageing: float) -> list[W]:
    """Every entry, the one whose turn is next first. A running job has its place like one that waits."""
    of_client: dict[str, list[W]] = defaultdict(list)
    for entry in entries:
        of_client[entry.claim.sender.client].append(entry)
    turns: list[tuple[tuple[int, float, float], W]] = []
    for client, mine in of_client.items():
        turn = served.get((client, None), 0.0)
        for urgency, entry in _by_room(client, mine, served, now, ageing):
            turns.append(((urgency, turn, due(entry)), entry))
            turn += entry.claim.seconds
    turns.sort(key=lambda pair: pair[0])
    return [entry for _, entry in turns]


def _by_room(
    client: str, mine: list[W], served: Mapping[Flow, float], now: float, ageing: float
) -> list[tuple[int, W]]:
    """Jobs of one client, its rooms taking turns; each with its level."""
    turns: dict[str, float] = {}
    keyed = []
    for urgency, at, entry in sorted(
        ((level(entry, now, ageing), due(entry), entry) for entry in mine), key=lambda each: each[:2]
    ):
        room = entry.claim.sender.room
        turn = turns.setdefault(room, served.get((client, room), 0.0))
        keyed.append(((urgency, turn, at), entry))
        turns[room] = turn + entry.claim.seconds
    keyed.sort(key=lambda pair: pair[0])
    return [(key[0], entry) for key, entry in keyed]


class Served(dict[Flow, float]):
    """Seconds of sound made for each flow, on a scale of its own: only differences between flows mean anything.

    What a flow was given is remembered after its last job as long as that is more than others at work have had, so
    that sending one job at a time is no way round the queue; then, and when all is done, it is forgotten.
    """

    def join(self, sender: Sender, present: Iterable[Sender]) -> None:
        """Before a job of `sender` joins those of `present`: a flow that is new starts level with the least served."""
        others = list(present)
        self._lift((sender.client, None), {(other.client, None) for other in others})
        rooms: set[Flow] = {(other.client, other.room) for other in others if other.client == sender.client}
        self._lift((sender.client, sender.room), rooms)

    def charge(self, sender: Sender, seconds: float) -> None:
        self[sender.client, None] += seconds
        self[sender.client, sender.room] += seconds

    def forget(self, present: Iterable[Sender]) -> None:
        """After a job has left: keep what still counts against those of `present`."""
        at_work: dict[Flow, float] = {}
        for sender in present:
            flows: tuple[Flow, Flow] = ((sender.client, None), (sender.client, sender.room))
            at_work |= {flow: self[flow] for flow in flows}
        least = min((served for (_, room), served in at_work.items() if room is None), default=math.inf)
        ahead = {client for (client, room), served in self.items() if room is None and served > least}
        for flow in list(self):
            if flow not in at_work and flow[0] not in ahead:
                del self[flow]

    def _lift(self, flow: Flow, level_with: set[Flow]) -> None:
        if flow not in level_with:
            self[flow] = max(self.get(flow, 0.0), min((self[other] for other in level_with), default=0.0))
