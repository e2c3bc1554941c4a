"""Fewer steps when many wait: a little less fine, a good deal sooner. Off unless the settings name a number."""

from __future__ import annotations

from ishowtts.settings import Settings


def nfe_step_for(wish: int | None, waiting: int, settings: Settings) -> int:
    """Solver steps of a request that comes when `waiting` segments are not done yet.

    What a request asks for itself is kept, and the number only ever goes down.
    """
    if wish is not None:
        return wish
    usual, busy = settings.synthesis.nfe_step, settings.synthesis.busy_nfe_step
    return min(usual, busy) if busy and waiting >= settings.queue.busy_jobs else usual
