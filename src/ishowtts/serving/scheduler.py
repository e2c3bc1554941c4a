"""Which jobs the next step is for.

In order of arrival, with a head start for the first segment of a text: somebody hears nothing until it is done, while
the others are due only when the one before has been played. As many as make the engine's step worth its while go
together; between two steps a job may be overtaken, so a long one holds nobody up.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from ishowtts.engine.job import Job, JobState

HEAD_START = 2.0
"""Seconds by which a first segment counts as older: bounded, so that no flood of short texts stops a long one."""


@dataclass(slots=True, eq=False)
class Ticket:
    """A job in the worker; `state` is the engine's part of it, from open to close."""

    job: Job
    deadline: float | None = None
    alone: bool = False
    arrived: float = field(default_factory=time.monotonic)
    state: JobState | None = None
    opened_at: float = 0.0

    @property
    def finished(self) -> bool:
        return self.state is not None and self.state.finished

    @property
    def due(self) -> float:
        return self.arrived - (HEAD_START if self.job.opening else 0.0)


class Scheduler:
    """Holds all jobs of the worker. A job joins at any step and leaves at any step.

    No more than `max_active` are open at once, and no further job is added to a step that has `max_tokens`.
    """

    def __init__(self, max_active: int, max_tokens: int) -> None:
        self._max_active = max(1, max_active)
        self._max_tokens = max_tokens
        self._tickets: list[Ticket] = []

    def __iter__(self) -> Iterator[Ticket]:
        return iter(list(self._tickets))

    @property
    def idle(self) -> bool:
        return not self._tickets

    @property
    def finished(self) -> list[Ticket]:
        return [ticket for ticket in self._tickets if ticket.finished]

    def submit(self, ticket: Ticket) -> None:
        """Put a job in its place; of two that are due together, the one that came first."""
        self._tickets.append(ticket)
        self._tickets.sort(key=lambda each: each.due)

    def next_batch(self) -> list[Ticket]:
        """Jobs to be stepped together, the most urgent first; the last of them may have to be opened before."""
        batch: list[Ticket] = []
        tokens = 0
        open_jobs = sum(ticket.state is not None for ticket in self._tickets)
        for ticket in self._tickets:
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
        self._tickets.remove(ticket)
