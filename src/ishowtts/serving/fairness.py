"""In which order jobs have their turn: by fair share, by urgency, and by when their sound is wanted.

Shares are of seconds of sound. Every client has a counter of what was made for it, and whoever has had least is next; a
client that comes back after a pause starts where the others are, so that nobody saves up turns. (Counters rather than
rounds with a deficit: jobs join and leave between any two steps, so there are no rounds. Sheng et al., "Fairness in
Serving Large Language Models", arXiv 2401.00588.) Inside a client the same holds for its rooms, and inside a room jobs
go by when they are due.

Urgency is a head start, or a handicap, of some seconds: of waiting inside a room, of sound between rooms and clients.
So the urgent goes first, nothing waits for ever, and waiting behind one's own flood makes nobody urgent.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import accumulate
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


def of_class(ageing: float) -> Callable[[Waiting], float]:
    """The handicap of a job by its class alone: each class below the first is worth `ageing` seconds."""
    return lambda entry: ageing * URGENCY[entry.claim.priority]


def ranked(entries: Iterable[W], served: Mapping[Flow, float], handicap: Callable[[W], float]) -> list[W]:
    """Every entry, the one whose turn is next first. A running job has its place like one that waits."""
    of_client: dict[str, list[W]] = defaultdict(list)
    for entry in entries:
        of_client[entry.claim.sender.client].append(entry)
    keyed: list[tuple[float, float, W]] = []
    for client, mine in of_client.items():
        in_turn = _by_room(client, mine, served, handicap)
        keyed += _turns(in_turn, served.get((client, None), 0.0), handicap)
    return _sorted(keyed)


def _by_room(client: str, mine: list[W], served: Mapping[Flow, float], handicap: Callable[[W], float]) -> list[W]:
    """Jobs of one client, its rooms taking turns."""
    of_room: dict[str, list[W]] = defaultdict(list)
    for entry in mine:
        of_room[entry.claim.sender.room].append(entry)
    keyed: list[tuple[float, float, W]] = []
    for room, jobs in of_room.items():
        jobs.sort(key=lambda job: due(job) + handicap(job))
        keyed += _turns(jobs, served.get((client, room), 0.0), handicap)
    return _sorted(keyed)


def _turns(jobs: list[W], turn: float, handicap: Callable[[W], float]) -> list[tuple[float, float, W]]:
    """(turn, due, job) of a flow that has had `turn` seconds; the turns of its jobs follow each other as they stand.

    A job that stands before a more urgent one is as urgent: it is in its way.
    """
    turns = [turn + handicap(job) for job in jobs]
    before = [0.0, *accumulate(job.claim.seconds for job in jobs)]
    turns = [own + seconds for own, seconds in zip(turns, before, strict=False)]
    dues = [due(job) for job in jobs]
    for i in reversed(range(len(jobs) - 1)):
        turns[i] = min(turns[i], turns[i + 1])
        dues[i] = min(dues[i], dues[i + 1])  # so that no tie puts them in another order
    return list(zip(turns, dues, jobs, strict=True))


def _sorted(keyed: list[tuple[float, float, W]]) -> list[W]:
    return [job for _, _, job in sorted(keyed, key=lambda each: each[:2])]


class Served(dict[Flow, float]):
    """Seconds of sound made for each flow, on a scale of its own: only differences between flows mean anything.

    A flow that joins starts where the others are: at the start of what was last done among them (the virtual time of
    start-time fair queueing; Goyal, Vin and Cheng, SIGCOMM 1996). What it was given beyond that is remembered after its
    last job, so that sending one job at a time is no way round the queue; when it makes no difference it is forgotten.
    """

    def __init__(self) -> None:
        super().__init__()
        self._reached: dict[str | None, float] = {}
        """Virtual time among clients (None), and among the rooms of each client."""

    def join(self, sender: Sender, present: Iterable[Sender]) -> None:
        """Before a job of `sender` joins those of `present`."""
        others = list(present)
        clients: set[Flow] = {(other.client, None) for other in others}
        rooms: set[Flow] = {(other.client, other.room) for other in others if other.client == sender.client}
        self._lift((sender.client, None), clients, None)
        self._lift((sender.client, sender.room), rooms, sender.client)

    def charge(self, sender: Sender, seconds: float) -> None:
        """So much was made, from where the flow stands on."""
        among: tuple[tuple[str | None, Flow], ...] = (
            (None, (sender.client, None)),
            (sender.client, (sender.client, sender.room)),
        )
        for group, flow in among:
            self._reached[group] = max(self._reached.get(group, 0.0), self[flow])
            self[flow] += seconds

    def forget(self, present: Iterable[Sender]) -> None:
        """After a job has left: keep what still counts against those of `present`."""
        at_work: set[Flow] = set()
        for sender in present:
            at_work |= {(sender.client, None), (sender.client, sender.room)}
        working = {client for client, _ in at_work}
        start = self._start({flow for flow in at_work if flow[1] is None}, None) if at_work else math.inf
        kept = working | {client for (client, room), served in self.items() if room is None and served > start}
        for flow in [flow for flow in self if flow[0] not in kept]:
            del self[flow]
        for client in [client for client in self._reached if client is not None and client not in kept]:
            del self._reached[client]
        for flow, served in list(self.items()):
            client, room = flow
            if room is not None and flow not in at_work and served <= self._reached.get(client, 0.0):
                del self[flow]
        if not self:
            self._reached.clear()

    def _lift(self, flow: Flow, others: set[Flow], group: str | None) -> None:
        if flow not in others:
            self[flow] = max(self.get(flow, 0.0), self._start(others, group))

    def _start(self, others: set[Flow], group: str | None) -> float:
        """Where a newcomer starts; never ahead of one that waits: a class that was passed over is behind the rest."""
        return min([self._reached.get(group, 0.0), *(self[other] for other in others)])
