"""What was sent to a room, what its pages heard of it, and what became of each message. Times: seconds of the run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ishowtts.bench.livechat.crowd import Act

MOST_MERGES = 10
"""In a row: a gift that is part of one that is part of another."""


class End(NamedTuple):
    """`outcome` is one of `danmaku.message.OUTCOMES`, or `unknown`."""

    outcome: str
    reason: str = ""
    into: str = ""


UNKNOWN = End("unknown")


@dataclass
class Said:
    """One message, and the receipt for it."""

    act: Act
    sent: float
    answered: float
    id: str
    status: str
    reason: str
    taken_back: float | None = None
    """When it was answered that this message, or its user, is gone."""

    @property
    def body(self) -> dict[str, Any]:
        return self.act.body


@dataclass
class Sound:
    """One message that was announced to the player."""

    id: str
    rank: str
    starts: float
    sample_rate: int = 24_000
    plays: int = 1
    ends: float | None = None
    stopped: str | None = None
    """Why it was cut off; None where it was not."""
    seconds: float = 0.0
    fetch_first: float | None = None
    """Seconds from the announcement to the first byte of its sound."""
    fetched: float | None = None
    """Seconds of sound that were fetched."""

    @property
    def heard(self) -> float:
        return 0.0 if self.ends is None else max(0.0, self.ends - self.starts)


@dataclass
class Look:
    """The room, as it was now and then."""

    at: float
    waiting: int
    backlog: int
    paused: bool
    took: float


@dataclass
class Ledger:
    said: list[Said] = field(default_factory=list)
    sounds: dict[str, Sound] = field(default_factory=dict)
    looks: list[Look] = field(default_factory=list)
    retractions: list[tuple[float, str]] = field(default_factory=list)
    """When, and which kind of act."""
    faults: list[str] = field(default_factory=list)
    """Answers that no request should get."""
    failed: list[str] = field(default_factory=list)
    """Codes of messages that could not be spoken."""
    notices: list[str] = field(default_factory=list)
    contradictions: list[str] = field(default_factory=list)
    """Messages that have two ends."""
    fell_behind: int = 0
    """Times that a page lost events and was told the state anew."""
    late: float = 0.0
    """The most seconds that an act was sent after it was due."""
    _ends: dict[str, End] = field(default_factory=dict)

    def add(self, act: Act, sent: float, answered: float, receipt: Mapping[str, Any]) -> None:
        reason = str(receipt.get("reason") or "")
        self.said.append(Said(act, sent, answered, str(receipt["id"]), str(receipt["status"]), reason))
        if act.silences:
            self.took_back(act, answered)

    def took_back(self, act: Act, answered: float) -> None:
        self.retractions.append((answered, act.kind))
        for said in self.said:
            if said.taken_back is None and said.answered <= answered and _covers(act, said):
                said.taken_back = answered

    def end(self, id: str, end: End) -> None:
        known = self._ends.setdefault(id, end)
        if known.outcome != end.outcome:
            self.contradictions.append(f"{id}: {known.outcome} and {end.outcome}")

    def of(self, said: Said) -> End:
        """What became of it in the end: a message that is part of another is `merged`."""
        if said.status == "dropped":
            return End("dropped", said.reason)
        if said.status == "merged":
            return End("merged", into=said.id)
        return self._ends.get(said.id, UNKNOWN)

    def whole(self, said: Said) -> str:
        """The id of the message it became part of, or its own."""
        id = said.id
        for _ in range(MOST_MERGES):
            end = self._ends.get(id, UNKNOWN)
            if end.outcome != "merged":
                break
            id = end.into
        return id

    def whole_end(self, said: Said) -> End:
        """Of the message that it is, or is part of."""
        return End("dropped", said.reason) if said.status == "dropped" else self._ends.get(self.whole(said), UNKNOWN)

    def by_id(self, id: str) -> Said | None:
        return next((said for said in reversed(self.said) if said.id == id and said.status == "queued"), None)

    def spoken(self) -> Iterator[tuple[Said, Sound]]:
        """Every sound in its order, with the first message that is in it."""
        first: dict[str, Said] = {}
        for said in self.said:
            if said.status == "queued":
                first.setdefault(self.whole(said), said)
        for sound in sorted(self.sounds.values(), key=lambda sound: sound.starts):
            if sound.id in first:
                yield first[sound.id], sound


def _covers(act: Act, said: Said) -> bool:
    if said.body["source"] != act.body["source"]:
        return False
    if act.silences:
        return bool(said.body["user"]["id"] == act.silences)
    return bool(said.body["message_id"] == act.body["message_id"])
