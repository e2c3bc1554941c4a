"""What a run shows, in figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from ishowtts.bench.livechat.checks import Sounds, begins_after, by_id, heard_after, moderated
from ishowtts.bench.livechat.crowd import PAID
from ishowtts.bench.livechat.ledger import Ledger, Said, Sound
from ishowtts.bench.livechat.run import Run
from ishowtts.bench.numbers import quantile
from ishowtts.danmaku.message import OUTCOMES
from ishowtts.danmaku.queue import RANKS


def figures(run: Run) -> dict[str, Any]:
    """As JSON can hold them; times are seconds."""
    ledger = run.ledger
    spoken = [(said, sound) for said, sound in ledger.spoken()]
    waits = {rank: [sound.starts - said.sent for said, sound in spoken if sound.rank == rank] for rank in RANKS}
    heard = sum(sound.heard for sound in ledger.sounds.values())
    ends = Counter(ledger.of(said).outcome for said in ledger.said)
    gone = [said for said in ledger.said if said.taken_back is not None]
    sounds = by_id(ledger)
    return {
        "sent": len(ledger.said),
        "ends": {outcome: ends[outcome] for outcome in (*OUTCOMES, "unknown") if ends[outcome] or outcome != "unknown"},
        "reasons": dict(Counter(end.reason for said in ledger.said if (end := ledger.of(said)).reason).most_common()),
        "labels": _labels(ledger),
        "paid": {
            "sent": sum(said.act.label in PAID for said in ledger.said),
            "taken_away_by_moderators": sum(moderated(ledger, s) for s in ledger.said if s.act.label in PAID),
        },
        "waits": {rank: _spread(values) for rank, values in waits.items() if values},
        "deleted": {
            "messages": len(gone),
            "before_any_sound": sum(said.id not in sounds or begins_after(said, sounds) for said in gone),
            "while_heard": len(cut := [said for said in gone if _was_cut(said, sounds)]),
            "stopped_after": _spread([heard_after(said, sounds) for said in cut]),
        },
        "gaps": _spread(list(_gaps(ledger, spoken))),
        "speaking_share": round(heard / run.over, 3) if run.over else 0.0,
        "spoken_seconds": round(heard, 1),
        "first_byte": _spread([s.fetch_first for s in ledger.sounds.values() if s.fetch_first is not None]),
        "ladder": {str(step): count for step, count in sorted(Counter(look.backlog for look in ledger.looks).items())},
        "most_waiting": max((look.waiting for look in ledger.looks), default=0),
        "state_took": _spread([look.took for look in ledger.looks]),
        "failed": dict(Counter(ledger.failed)),
        "notices": dict(Counter(ledger.notices)),
        "pages_fell_behind": ledger.fell_behind,
        "sender_late": round(ledger.late, 3),
        "chat_over": round(run.chat_over, 1),
        "over": round(run.over, 1),
        "drained": run.drained,
        "stats": {"before": run.before, "after": run.after},
    }


def _labels(ledger: Ledger) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {}
    for said in ledger.said:
        found.setdefault(said.act.label, Counter())[ledger.of(said).outcome] += 1
    return {label: dict(counts) for label, counts in sorted(found.items(), key=lambda item: -item[1].total())}


def _was_cut(said: Said, sounds: Sounds) -> bool:
    """Deleted while it was heard; its end may be here before the answer to its deletion."""
    return said.id in sounds and sounds[said.id][1].stopped in ("retracted", "user_muted")


def _gaps(ledger: Ledger, spoken: Sequence[tuple[Said, Sound]]) -> Iterable[float]:
    """Silence before each message that waited already when the one before ended, and no moderator had paused."""
    for (_, before), (said, after) in pairwise(spoken):
        if before.ends is None or said.answered > before.ends:
            continue
        if not any(look.paused and before.ends - 2 < look.at < after.starts + 2 for look in ledger.looks):
            yield max(0.0, after.starts - before.ends)


def _spread(values: Sequence[float]) -> dict[str, float | int] | None:
    if not values:
        return None
    known = {f"p{q}": quantile(values, q / 100) for q in (50, 95)} | {"max": max(values)}
    return {"n": len(values), **{name: round(value, 3) for name, value in known.items()}}
