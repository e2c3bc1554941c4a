"""Which jobs the next step is for.

Whose turn it is says `fairness`. As many as make the engine's step worth its while go together; between two steps a job
may be overtaken by one whose turn is sooner, so a long text holds nobody up.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from ishowtts.engine.job import Job, JobState
from ishowtts.serving.claim import USUAL, Claim
from ishowtts.serving.fairness import Served, ranked

AGEING = 15.0
"""Seconds that one class of urgency is worth, where nothing else is said."""


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
    ) -> None:
        self._max_active = max(1, max_active)
        self._max_tokens = max_tokens
        self._ageing = ageing
        self._tickets: list[Ticket] = []
        self._served = Served()
        self._in_order: list[Ticket] | None = None

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
        self._in_order = None

    def _order(self) -> list[Ticket]:
        if self._in_order is None:
            self._in_order = ranked(self._tickets, self._served, self._ageing)
        return self._in_order
