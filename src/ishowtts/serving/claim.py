"""Who a job is for, how urgent it is and when its sound is wanted: what the queue goes by."""

from __future__ import annotations

from dataclasses import dataclass

from ishowtts.priority import Priority


@dataclass(frozen=True, slots=True)
class Sender:
    """Whom work is done for. A client is who asks (a key, an address); its rooms and users are names of its own."""

    client: str = "local"
    room: str = ""
    user: str = ""


LOCAL = Sender()


@dataclass(frozen=True, slots=True)
class Claim:
    """A job's part in the queue. `seconds` of sound it will make, predicted: what its sender is charged."""

    sender: Sender = LOCAL
    priority: Priority = "normal"
    seconds: float = 1.0
    offset: float = 0.0
    """Seconds of sound before it in its text: while those are heard, it is not needed yet."""
    text: str = ""
    """Common to all jobs of one text."""


USUAL = Claim()
