"""Whether a room did as it should."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from ishowtts.bench.livechat.crowd import PAID, UNREADABLE
from ishowtts.bench.livechat.ledger import Ledger, Said, Sound
from ishowtts.bench.livechat.run import Run
from ishowtts.danmaku.message import OUTCOMES
from ishowtts.danmaku.player import LEAD
from ishowtts.danmaku.queue import RANKS, STALE_SECONDS

SLACK = 0.5
"""Seconds that an event may take to get here: what is cut off later than that was heard."""
GIFT_SECONDS = 10.0
"""That a gift may grow before it waits."""
SHORT = 0.05
"""Seconds that may be missing of a sound."""
MODERATED = frozenset({"skipped", "user_muted", "retracted", "cleared"})
SHOWN = 3


Sounds = Mapping[str, tuple[Said, Sound]]


class Check(NamedTuple):
    """One thing that must be so; `wrong` counts where it was not, and `examples` are a few of these."""

    name: str
    looked_at: int
    wrong: int
    examples: list[str]


def checks(run: Run) -> list[Check]:
    """What has to hold whatever comes."""
    ledger = run.ledger
    sounds = by_id(ledger)
    paid = [said for said in ledger.said if said.act.label in PAID]
    gone = [said for said in ledger.said if said.taken_back is not None]
    unwanted = [said for said in ledger.said if said.act.label in UNREADABLE]
    whole = [sound for sound in ledger.sounds.values() if sound.ends is not None and sound.stopped is None]
    due = [said for said in paid if not moderated(ledger, said)]
    stale = (said for said, sound in sounds.values() if _is_stale(said, sound))
    heard = (said for said in gone if heard_after(said, sounds) > SLACK)
    played = (said for said in unwanted if said.status == "queued" and ledger.whole(said) in sounds)
    broken = (sound.id for sound in whole if (sound.fetched or 0.0) < sound.seconds - SHORT)

    def names(messages: Iterable[Said]) -> Iterable[str]:
        return (_name(ledger, said) for said in messages)

    return [
        _check("every request is taken", len(ledger.said), ledger.faults),
        _check("every message has one end", len(ledger.said), [*names(_without_end(ledger)), *ledger.contradictions]),
        _check("received = read + stopped + merged + dropped + failed", round(_told(run, "received")), _unequal(run)),
        _check("nothing is heard twice", len(ledger.sounds), (s.id for s in ledger.sounds.values() if s.plays > 1)),
        _check("paid messages are read", len(due), names(said for said in due if not _is_read(ledger, said))),
        _check("deleted messages are not heard", len(gone), names(heard)),
        _check("deleted sound cannot be fetched", run.deleted_heard, ["it can"] * run.still_there),
        _check("nothing stale is spoken", len(sounds), names(stale)),
        _check("what must not be read is not", len(unwanted), names(played)),
        _check("each rank in its order", len(sounds), names(_out_of_order(ledger, list(sounds.values())))),
        _check("every sound is there in full", len(whole), broken),
    ]


def by_id(ledger: Ledger) -> Sounds:
    """Every sound, with the first message that is in it."""
    return {sound.id: (said, sound) for said, sound in ledger.spoken()}


def _check(name: str, looked_at: int, wrong: Iterable[str]) -> Check:
    found = list(wrong)
    return Check(name, looked_at, len(found), found[:SHOWN])


def _told(run: Run, key: str) -> float:
    return float(run.after.get(key, 0)) - float(run.before.get(key, 0))


def _without_end(ledger: Ledger) -> Iterable[Said]:
    return (said for said in ledger.said if ledger.of(said).outcome == "unknown")


def _unequal(run: Run) -> list[str]:
    """Also compared with what was sent, which is only so where nobody else talks to the room."""
    ends = {outcome: _told(run, outcome) for outcome in OUTCOMES}
    wrong = []
    if _told(run, "received") != sum(ends.values()) + run.after.get("open", 0):
        wrong.append(f"{_told(run, 'received'):g} received, {ends}, {run.after.get('open')} open")
    if run.after.get("open", 0):
        wrong.append(f"{run.after['open']} still open")
    if _told(run, "received") != len(run.ledger.said):
        wrong.append(f"{_told(run, 'received'):g} received of {len(run.ledger.said)} sent")
    return wrong


def moderated(ledger: Ledger, said: Said) -> bool:
    """A moderator took it, or the message that it is part of, away."""
    end = ledger.whole_end(said)
    return said.taken_back is not None or (end.outcome in ("stopped", "dropped") and end.reason in MODERATED)


def _is_read(ledger: Ledger, said: Said) -> bool:
    return ledger.whole_end(said).outcome == "read"


def begins_after(said: Said, sounds: Sounds) -> bool:
    return said.id in sounds and said.taken_back is not None and sounds[said.id][1].starts > said.taken_back


def heard_after(said: Said, sounds: Sounds) -> float:
    """Seconds that were heard of a message after it was answered that it is gone."""
    if said.taken_back is None or said.status != "queued" or said.id not in sounds:
        return 0.0
    sound = sounds[said.id][1]
    ends = sound.ends if sound.ends is not None else float("inf")
    return max(0.0, ends - max(sound.starts, said.taken_back))


def _is_stale(said: Said, sound: Sound) -> bool:
    """By the time of its answer, so that its way to the server does not count."""
    grown = GIFT_SECONDS if said.body["kind"] == "gift" else 0.0
    longest = next(seconds for rank, seconds in STALE_SECONDS.items() if rank == sound.rank)
    return sound.starts - said.answered > longest + LEAD + grown


def _out_of_order(ledger: Ledger, spoken: Sequence[tuple[Said, Sound]]) -> Iterable[Said]:
    """Gifts are left out: they take their place when they are complete."""
    place = {id(said): number for number, said in enumerate(ledger.said)}
    for rank in RANKS:
        row = [said for said, sound in spoken if sound.rank == rank and said.body["kind"] != "gift"]
        yield from (later for before, later in pairwise(row) if place[id(before)] > place[id(later)])


def _name(ledger: Ledger, said: Said) -> str:
    end = ledger.of(said)
    return f"{said.act.label} {said.body['message_id']} at {said.sent:.1f} s: {end.outcome} {end.reason}".strip()
