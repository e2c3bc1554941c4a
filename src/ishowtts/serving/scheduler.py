"""Which jobs are stepped together: first come, first served, up to `max_active` at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from ishowtts.engine.job import Job, JobState


@dataclass(slots=True, eq=False)
class Ticket:
    """A job in the worker; `state` is the engine's part of it, from open to close."""

    job: Job
    deadline: float | None = None
    alone: bool = False
    state: JobState | None = None
    opened_at: float = 0.0

    @property
    def finished(self) -> bool:
        return self.state is not None and self.state.finished


class Scheduler:
    """Holds the jobs that wait and the jobs that are stepped. A job joins at any step and leaves at any step."""

    def __init__(self, max_active: int) -> None:
        self._max_active = max(1, max_active)
        self._waiting: deque[Ticket] = deque()
        self._active: list[Ticket] = []

    def __iter__(self) -> Iterator[Ticket]:
        return iter([*self._active, *self._waiting])

    @property
    def idle(self) -> bool:
        return not self._active and not self._waiting

    def submit(self, ticket: Ticket) -> None:
        self._waiting.append(ticket)

    def next_batch(self) -> list[Ticket]:
        """Let waiting jobs in as far as there is room; returns all active ones, oldest first."""
        while self._waiting and len(self._active) < self._max_active:
            head = self._waiting[0]
            if self._active and (head.alone or self._active[0].alone):
                break  # FIFO holds: nobody overtakes a job that must be alone
            self._active.append(self._waiting.popleft())
        return list(self._active)

    def find(self, job_id: str) -> Ticket | None:
        return next((ticket for ticket in self if ticket.job.id == job_id), None)

    def expired(self, now: float) -> list[Ticket]:
        """Jobs whose deadline (seconds on the clock of `now`) has passed."""
        return [ticket for ticket in self if ticket.deadline is not None and ticket.deadline <= now]

    def remove(self, ticket: Ticket) -> None:
        """Take a job out, active or waiting."""
        (self._active if ticket in self._active else self._waiting).remove(ticket)
