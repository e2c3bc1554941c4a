from __future__ import annotations

import asyncio
import contextlib
import logging
from pathlib import Path

import httpx
import pytest

from ishowtts.serving.channel import SPAWN
from tests.api.server import TWO, error_of, listening, serving
from tests.fakes import FakeFactory
from tests.serving.running import until

pytestmark = pytest.mark.anyio


async def test_speeches_are_taken_back_by_id_user_and_room(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "ishowtts.access")
    gate = SPAWN.Semaphore(0)
    async with serving(tmp_path, FakeFactory(gate=gate)) as served:

        def ask(id: str, room: str, user: str) -> asyncio.Task:
            body = {"text": f"Message {id}.", "room": room, "user": user}
            return asyncio.create_task(served.client.post("/tts", json=body, headers={"x-request-id": id}))

        asked = {id: ask(id, room, user) for id, room, user in [("1", "r", "u"), ("2", "r", "v"), ("3", "s", "u")]}
        register = served.app.state.services.speaker.register
        await until(lambda: len(register) == 3)
        assert (await served.client.delete("/tts/none")).json() == {"cancelled": 0}
        assert (await served.client.delete("/tts/2")).json() == {"cancelled": 1}
        told = await asked["2"]
        assert (told.status_code, error_of(told)["code"]) == (499, "cancelled")
        assert (await served.client.delete("/tts?user=u&room=s")).json() == {"cancelled": 1}
        assert (await asked["3"]).status_code == 499
        assert not asked["1"].done()
        assert (await served.client.delete("/tts?room=r")).json() == {"cancelled": 1}
        assert (await asked["1"]).status_code == 499
        for _ in range(20):
            gate.release()
        await served.idle()
        nobody = await served.client.delete("/tts")
        assert (nobody.status_code, error_of(nobody)["param"]) == (422, "user")
        misspelt = await served.client.delete("/tts?usr=u")
        assert misspelt.status_code == 422
        assert "`user` and `room`" in error_of(misspelt)["message"]
    lines = {record.fields["id"]: record.fields for record in caplog.records if hasattr(record, "fields")}
    assert {lines[id]["outcome"] for id in "123"} == {"cancelled"}


@pytest.mark.parametrize("stream", ["sse", "audio"])
async def test_a_stream_that_is_taken_back_is_logged_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, stream: str
) -> None:
    caplog.set_level(logging.INFO)
    gate = SPAWN.Semaphore(4)
    async with listening(tmp_path, FakeFactory(gate=gate, max_batch=1), synthesis={"nfe_step": 4}) as served:
        body = {"text": TWO, "stream": stream}
        async with served.client.stream("POST", "/tts", json=body, headers={"x-request-id": "mine"}) as answer:
            sound = answer.aiter_raw()
            await anext(sound)
            assert (await served.client.delete("/tts/mine")).json() == {"cancelled": 1}
            with contextlib.suppress(httpx.RemoteProtocolError):
                async for _ in sound:
                    pass
        for _ in range(20):
            gate.release()
        await until(lambda: any(getattr(record, "fields", {}).get("id") == "mine" for record in caplog.records))
    [line] = [record.fields for record in caplog.records if getattr(record, "fields", {}).get("id") == "mine"]
    assert (line["status"], line["outcome"]) == (200, "cancelled")
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_what_is_kept_is_told_and_can_be_refused(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        body = {"text": "Again and again."}
        first = await served.client.post("/tts", json=body)
        again = await served.client.post("/tts", json=body)
        assert [r.headers["x-cache"] for r in (first, again)] == ["miss", "hit"]
        assert again.content == first.content
        assert again.headers["x-seed"] == first.headers["x-seed"]
        anew = await served.client.post("/tts", json=body, headers={"cache-control": "no-cache"})
        assert anew.headers["x-cache"] == "miss"
        assert anew.headers["x-seed"] != first.headers["x-seed"]


async def test_a_limit_is_a_429_with_the_time_to_come_again(tmp_path: Path) -> None:
    async with serving(tmp_path, limits={"user_requests": 6}) as served:
        body = {"text": "Hello there.", "user": "someone"}
        assert (await served.client.post("/tts", json=body)).status_code == 200
        refused = await served.client.post("/tts", json=body)
        assert (refused.status_code, error_of(refused)["code"]) == (429, "rate_limited")
        assert 8 <= int(refused.headers["retry-after"]) <= 11
        assert (await served.client.post("/tts", json={**body, "user": "another"})).status_code == 200
