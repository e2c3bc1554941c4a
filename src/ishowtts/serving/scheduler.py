"""Which jobs the next step is for.

Whose turn it is says `fairness`. As many as make the engine's step worth its while go together; between two steps a job
may be overtaken by one whose turn is sooner, so a long text holds nobody up. A text that has begun to be heard has a
head start when its next segment is about to be needed: a listener minds a gap more than a later start.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ishowtts.audio.flaws import Flaw
from ishowtts.engine.job import Job, JobState
from ishowtts.serving.claim import USUAL, Claim
from ishowtts.serving.fairness import Served, of_class, ranked

AGEING = 15.0
"""Seconds that one class of urgency is worth, where nothing else is said."""

HEARD = 2
"""Classes that a segment is more urgent by when those before it are being heard and will soon be over."""

LEAD = 2.0
"""Seconds for what is running to end; and its own length, for a machine that is no faster than speech."""


@dataclass(slots=True, eq=False)
class Ticket:
    """A job in the worker; `state` is the engine's part of it, from open to close."""

    job: Job
    claim: Claim = USUAL
    deadline: float | None = None
    alone: bool = False
    arrived: float = field(default_factory=time.monotonic)
    state: JobState | None = None
    opened_at: float = 0.0
    retaken: Flaw | None = None
    """What was wrong with its first sound, when it is made again."""
    wasted: int = 0
    """Steps that led to that."""

    @property
    def finished(self) -> bool:
        return self.state is not None and self.state.finished

    @property
    def done(self) -> float:
        """The part of its work that is done, 0 to 1."""
        return min(1.0, self.state.steps_done / self.job.sampling.nfe_step) if self.state else 0.0


class Scheduler:
    """Holds all jobs of the worker. A job joins at any step and leaves at any step.

    No more than `max_active` are open at once, and no further job is added to a step that has `max_tokens`.
    """

    def __init__(
        self,
        max_active: int,
        max_tokens: int,
        *,
        ageing: float = AGEING,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_active = max(1, max_active)
        self._max_tokens = max_tokens
        self._ageing = ageing
        self._tickets: list[Ticket] = []
        self._served = Served()
        self._clock = clock
        self._heard_from: dict[str, float] = {}
        """Of texts under way: when their first sound was there."""
        self._in_order: list[Ticket] | None = None
        self._holds_until = math.inf

    def __iter__(self) -> Iterator[Ticket]:
        return iter(list(self._tickets))

    @property
    def idle(self) -> bool:
        return not self._tickets

    @property
    def finished(self) -> list[Ticket]:
        return [ticket for ticket in self._order() if ticket.finished]

    def submit(self, ticket: Ticket) -> None:
        self._served.join(ticket.claim.sender, (other.claim.sender for other in self._tickets))
        self._tickets.append(ticket)
        self._in_order = None

    def next_batch(self) -> list[Ticket]:
        """Jobs to be stepped together, the most urgent first; the last of them may have to be opened before."""
        batch: list[Ticket] = []
        tokens = 0
        open_jobs = sum(ticket.state is not None for ticket in self._tickets)
        for ticket in self._order():
            if batch and (ticket.alone or batch[0].alone or tokens >= self._max_tokens):
                break
            if ticket.state is None:
                if open_jobs >= self._max_active:
                    continue
                return [*batch, ticket]  # what it will cost is known once it is open
            batch.append(ticket)
            tokens += ticket.state.tokens
        return batch

    def find(self, job_id: str) -> Ticket | None:
        return next((ticket for ticket in self._tickets if ticket.job.id == job_id), None)

    def expired(self, now: float) -> list[Ticket]:
        """Jobs whose deadline (seconds on the clock of `now`) has passed."""
        return [ticket for ticket in self._tickets if ticket.deadline is not None and ticket.deadline <= now]

    def remove(self, ticket: Ticket) -> None:
        """Its sender is charged for what was done, finished or not."""
        self._tickets.remove(ticket)
        self._served.charge(ticket.claim.sender, ticket.claim.seconds * ticket.done)
        self._served.forget(other.claim.sender for other in self._tickets)
        text = ticket.claim.text
        if not any(other.claim.text == text for other in self._tickets):
            self._heard_from.pop(text, None)
        elif text and ticket.finished and ticket.claim.offset == 0:
            self._heard_from[text] = self._clock()
        self._in_order = None

    def _order(self) -> list[Ticket]:
        now = self._clock()
        if self._in_order is None or now >= self._holds_until:
            needed = {ticket: self._needed_at(ticket) for ticket in self._tickets}
            self._holds_until = min((at for at in needed.values() if at > now), default=math.inf)
            by_class = of_class(self._ageing)
            self._in_order = ranked(
                self._tickets,
                self._served,
                lambda ticket: by_class(ticket) - (HEARD * self._ageing if needed[ticket] <= now else 0.0),
            )
        return self._in_order

    def _needed_at(self, ticket: Ticket) -> float:
        """From when on it must be worked at, for its text to be heard without a gap; never while nothing is heard."""
        claim = ticket.claim
        heard_from = self._heard_from.get(claim.text, math.inf)
        return heard_from + claim.offset - claim.seconds - LEAD
