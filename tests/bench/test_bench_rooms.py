"""Read-aloud under load, as real processes and small; `scripts/bench_rooms.py` is the same in full."""

from __future__ import annotations

import asyncio
import itertools
import json
from pathlib import Path

import pytest

from ishowtts.bench.rooms.crash import crashes
from ishowtts.bench.rooms.flood import flood
from ishowtts.bench.rooms.listeners import cycles, listeners
from ishowtts.bench.rooms.messages import messages
from ishowtts.bench.rooms.report import faults, lines
from ishowtts.bench.rooms.server import RoomServer


def test_the_same_seed_is_the_same_chat_with_everything_in_it() -> None:
    one, two, other = (list(itertools.islice(messages(seed), 500)) for seed in (1, 1, 2))
    assert one == two != other
    assert {item.get("kind", "chat") for item in one} >= {"chat", "gift", "superchat", "join"}
    ids = [item["message_id"] for item in one]
    assert len(ids) > len(set(ids)) > 450
    assert max(len(item.get("text", "")) for item in one) == 1000
    json.dumps(one)


@pytest.mark.slow
def test_a_flood_is_accounted_for_to_the_last_message(tmp_path: Path) -> None:
    found = asyncio.run(flood(RoomServer(tmp_path), 600, 2.0, batch=3, settle=0.5))
    assert faults("flood", found) == []
    assert found["history"]["kept"] == found["history"]["written"], "so few that all are there"
    assert sum(found["history"]["outcomes"].values()) == found["history"]["written"]
    assert found["history"]["told_and_not_kept"] == 0
    assert found["memory_mib"]["peak"] - found["memory_mib"]["before"] < 150
    assert found["exit_code"] == 0
    assert lines("flood", found)


@pytest.mark.slow
def test_what_is_paid_for_is_heard_once_however_often_the_server_is_killed(tmp_path: Path) -> None:
    found = asyncio.run(crashes(RoomServer(tmp_path, pace=0.005), 2, 0.5, 2.5, seed=3))
    assert faults("crash", found) == []
    assert found["heard"] >= 10
    assert found["taken"] - found["not_heard"] <= found["heard"] <= found["taken"]
    assert lines("crash", found)


@pytest.mark.slow
def test_those_who_stall_cost_the_others_nothing_and_nothing_is_left_of_those_who_went(tmp_path: Path) -> None:
    server = RoomServer(tmp_path, pace=0.02, settings={"ISHOWTTS_SERVER__SSE_SEND_TIMEOUT": "1"})
    runs = {"inline": asyncio.run(listeners(server, 12, 4, inline=True))}
    assert faults("listeners", {"runs": runs}) == []
    assert runs["inline"]["connected"] == 12
    assert runs["inline"]["events_heard_by_each"] > 5
    (tmp_path / "log").unlink()
    left = asyncio.run(cycles(server, 60))
    assert faults("cycles", left) == []
    assert sum(left["manners"].values()) == 120
    assert lines("listeners", {"runs": runs}) + lines("cycles", left)


def test_what_must_not_be_is_told() -> None:
    lost = {"kills": 2, "heard_twice": 1, "not_heard_and_on_disk_at_a_kill": 1, "not_heard": 3, "left_on_disk": 1}
    assert len(faults("crash", lost)) == 4
