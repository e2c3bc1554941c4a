"""The whole simulation against a real server whose voice is quick, and against what a room must never do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from ishowtts.bench.livechat.checks import checks
from ishowtts.bench.livechat.crowd import MENTION, acts
from ishowtts.bench.livechat.figures import figures
from ishowtts.bench.livechat.run import Replay, Run
from ishowtts.errors import SpeechError
from tests.api.server import listening

pytestmark = pytest.mark.anyio

QUICK = {"synthesis": {"speed": 4.0, "nfe_step": 1}}
ROOMS = {"main": {"people": {"mentions": [MENTION]}, "merge": {"gift_seconds": 1.0, "gift_longest": 2.0}}}


async def test_a_chat_at_twenty_times_its_speed_is_accounted_for(tmp_path: Path) -> None:
    run, told = Run(), list[str]()
    chat = acts(5, 1.2, 60)
    half = {**chat[0].body, "message_id": "half", "text": "half a character \ud83d is no reason to stop"}
    chat.insert(1, replace(chat[0], kind="say", label="hostile", body=half))
    async with (
        listening(tmp_path, **QUICK, danmaku={"rooms": ROOMS}) as served,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{served.port}", timeout=60) as client,
    ):
        stream = Replay(client, chat, 20.0, run, seed=5, tell=told.append)
        await stream.play(200)
    wrong = {check.name: check.examples for check in checks(run) if check.wrong}
    assert wrong == {}
    assert run.drained
    found = figures(run)
    assert sum(found["ends"].values()) == found["sent"] == found["stats"]["after"]["received"]
    assert found["ends"]["read"] > 3
    assert found["ends"]["dropped"] > 20


async def test_a_room_that_nobody_may_hear_is_an_error_in_words(tmp_path: Path) -> None:
    async with listening(tmp_path) as served, httpx.AsyncClient(base_url=f"http://127.0.0.1:{served.port}") as client:
        stream = Replay(client, acts(5, 0.1, 40), 20.0, Run(), room="cellar")
        with pytest.raises(SpeechError, match=r"room cellar .*: 404"):
            await stream.play(5)
