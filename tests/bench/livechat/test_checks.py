"""Every way in which a room can be wrong is found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ishowtts.bench.livechat.checks import checks
from ishowtts.bench.livechat.crowd import Act
from ishowtts.bench.livechat.figures import figures
from ishowtts.bench.livechat.ledger import End, Ledger, Look, Sound
from ishowtts.bench.livechat.plot import draw
from ishowtts.bench.livechat.report import checks_table, labels_table, lines, verdict, waits_table
from ishowtts.bench.livechat.run import Run

ENDS = {"read": 0, "stopped": 0, "merged": 0, "dropped": 0, "failed": 0}


def act(number: int, label: str = "chat", kind: str = "chat", **more: Any) -> Act:
    body = {"source": "twitch", "kind": kind, "user": {"id": f"u{number}"}, "message_id": f"m{number}"}
    return Act(float(number), number, "say", label, body, **more)


def said(ledger: Ledger, act: Act, status: str = "queued", reason: str = "", into: str = "") -> None:
    id = into or f"id{act.number}"
    ledger.add(act, act.at, act.at + 0.1, {"id": id, "status": status, "reason": reason})


def heard(ledger: Ledger, number: int, starts: float, seconds: float = 2.0, rank: str = "chat") -> Sound:
    """Read to its end, and fetched."""
    sound = Sound(f"id{number}", rank, starts, ends=starts + seconds, seconds=seconds, fetched=seconds, fetch_first=0.1)
    ledger.sounds[sound.id] = sound
    ledger.end(sound.id, End("read"))
    return sound


def good() -> Run:
    """Four messages: one read, one dropped, a gift of two parts."""
    ledger = Ledger()
    said(ledger, act(1))
    said(ledger, act(2, "bot"), "dropped", "bot")
    said(ledger, act(3, "gift", "gift"))
    said(ledger, act(4, "gift", "gift"), "merged", into="id3")
    heard(ledger, 1, 3.0)
    heard(ledger, 3, 8.0, rank="paid")
    ledger.looks = [Look(float(at), 2, at % 4, False, 0.01) for at in range(10)]
    before = {"received": 10, "open": 0, **ENDS}
    after = {"received": 14, "open": 0, **ENDS, "read": 2, "merged": 1, "dropped": 1}
    return Run(ledger, chat_over=5.0, over=10.0, drained=True, before=before, after=after)


def wrong(run: Run) -> dict[str, int]:
    return {check.name: check.wrong for check in checks(run) if check.wrong}


def test_a_good_run_is_good_and_is_shown(tmp_path: Path) -> None:
    run = good()
    assert wrong(run) == {}
    found = figures(run)
    assert found["ends"] == {"read": 2, "stopped": 0, "merged": 1, "dropped": 1, "failed": 0}
    assert found["waits"]["chat"] == {"n": 1, "p50": 2.0, "p95": 2.0, "max": 2.0}
    assert found["speaking_share"] == 0.4
    assert found["gaps"]["max"] == 3.0
    assert verdict(checks(run), True).endswith("all as it should be")
    assert "empty" in verdict(checks(run), False)
    assert (checks_table(checks(run)).row_count, waits_table(found).row_count) == (11, 2)
    assert labels_table(found).row_count == 4
    assert all("None" not in line for line in lines(found))
    draw(run, "a run", tmp_path / "plot.png")
    with Image.open(tmp_path / "plot.png") as picture:
        assert picture.width > 600
        assert len(picture.convert("RGB").getcolors(1 << 20) or []) > 20


def test_an_empty_run_is_shown_too(tmp_path: Path) -> None:
    run = Run()
    assert [check.name for check in checks(run)]
    assert lines(figures(run))
    draw(run, "nothing", tmp_path / "plot.png")


def _lost_paid(run: Run) -> None:
    said(run.ledger, act(5, "superchat", "superchat"), "dropped", "full")


def _paid_part_of_what_is_lost(run: Run) -> None:
    said(run.ledger, act(5, "gift", "gift"))
    run.ledger.end("id5", End("merged", into="id6"))
    said(run.ledger, act(6, "gift", "gift"))
    run.ledger.end("id6", End("dropped", "stale"))


def _no_end(run: Run) -> None:
    said(run.ledger, act(5))


def _two_ends(run: Run) -> None:
    run.ledger.end("id1", End("dropped", "stale"))


def _heard_twice(run: Run) -> None:
    run.ledger.sounds["id1"].plays = 2


def _deleted_and_heard(run: Run) -> None:
    run.ledger.took_back(Act(2.0, 9, "delete", "chat", {"source": "twitch", "message_id": "m1"}), 2.5)


def _banned_and_heard(run: Run) -> None:
    run.ledger.took_back(Act(2.0, 9, "ban", "chat", {"source": "twitch", "user_id": "u1"}, "u1"), 4.0)


def _stale(run: Run) -> None:
    said(run.ledger, act(5))
    heard(run.ledger, 5, 40.0)


def _bot(run: Run) -> None:
    said(run.ledger, act(5, "bot"))
    heard(run.ledger, 5, 12.0)


def _order(run: Run) -> None:
    for number, starts in ((5, 14.0), (6, 12.0)):
        said(run.ledger, act(number))
        heard(run.ledger, number, starts)


def _half_a_sound(run: Run) -> None:
    run.ledger.sounds["id1"].fetched = 1.0


def _sound_stays(run: Run) -> None:
    run.deleted_heard = run.still_there = 1


def _refused(run: Run) -> None:
    run.ledger.faults.append("/danmaku: 500")


def _lost_count(run: Run) -> None:
    run.after["dropped"] = 0


@pytest.mark.parametrize(
    ("harm", "name"),
    [
        (_lost_paid, "paid messages are read"),
        (_paid_part_of_what_is_lost, "paid messages are read"),
        (_no_end, "every message has one end"),
        (_two_ends, "every message has one end"),
        (_heard_twice, "nothing is heard twice"),
        (_deleted_and_heard, "deleted messages are not heard"),
        (_banned_and_heard, "deleted messages are not heard"),
        (_stale, "nothing stale is spoken"),
        (_bot, "what must not be read is not"),
        (_order, "each rank in its order"),
        (_half_a_sound, "every sound is there in full"),
        (_sound_stays, "deleted sound cannot be fetched"),
        (_refused, "every request is taken"),
        (_lost_count, "received = read + stopped + merged + dropped + failed"),
    ],
)
def test_what_is_wrong_is_found(harm: Any, name: str) -> None:
    run = good()
    harm(run)
    assert name in wrong(run)
    assert name in verdict(checks(run), True)


def test_what_was_over_or_cut_off_when_it_was_deleted_is_no_fault() -> None:
    run = good()
    run.ledger.took_back(Act(6.0, 9, "delete", "chat", {"source": "twitch", "message_id": "m1"}), 6.5)
    sound = run.ledger.sounds["id3"]
    sound.ends, sound.stopped = 9.2, "retracted"
    run.ledger.took_back(Act(9.0, 9, "delete", "gift", {"source": "twitch", "message_id": "m3"}), 9.0)
    assert wrong(run) == {}
    assert figures(run)["deleted"] | {"stopped_after": 0} == {
        "messages": 2, "before_any_sound": 0, "while_heard": 1, "stopped_after": 0,
    }  # fmt: skip
