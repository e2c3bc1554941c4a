from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import numpy as np
import pytest
import soundfile
from httpx_sse import ServerSentEvent, aconnect_sse

from ishowtts.api.danmaku_schemas import KnownPerson
from ishowtts.danmaku import policy
from ishowtts.danmaku.clip import Clip
from ishowtts.danmaku.person import Person
from ishowtts.serving.cancel import CancelToken
from ishowtts.synthesis.sound import Chunk
from tests.api.server import Served, error_of, listening, serving
from tests.serving.running import PATIENCE

pytestmark = pytest.mark.anyio

QUICK = {"synthesis": {"speed": 4.0}}
SAY_TEXT = {"main": {"templates": {"chat": {"en": "{text}", "zh": "{text}"}}}}


class Page:
    """What a page hears."""

    def __init__(self) -> None:
        self.events: list[ServerSentEvent] = []
        self.open = asyncio.Event()

    def all(self, name: str) -> list[dict[str, Any]]:
        return [json.loads(event.data) for event in self.events if event.event == name]

    async def first(self, name: str) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            while not (found := self.all(name)):  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        return found[0]


@asynccontextmanager
async def page(client: httpx.AsyncClient, query: str = "", **headers: str) -> AsyncIterator[Page]:
    heard = Page()

    async def listen() -> None:
        async with aconnect_sse(client, "GET", f"/danmaku/stream?{query}", headers=headers) as source:
            source.response.raise_for_status()
            async for event in source.aiter_sse():
                heard.events.append(event)
                heard.open.set()

    listening = asyncio.create_task(listen())
    try:
        await asyncio.wait_for(heard.open.wait(), PATIENCE)
        yield heard
    finally:
        listening.cancel()
        await asyncio.wait({listening})


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with listening(tmp_path, **QUICK, danmaku={"rooms": SAY_TEXT}) as served:
        yield served


async def test_chat_is_heard_and_its_sound_can_be_fetched(served: Served, tmp_path: Path) -> None:
    client = served.client
    async with page(client) as player:
        answer = await client.post("/danmaku", json={"user": "Ann", "text": "hello there"})
        assert answer.status_code == 202
        [receipt] = answer.json()["items"]
        assert receipt["status"] == "queued"
        play = await player.first("play")
        assert (play["id"], play["caption"], play["user"]) == (receipt["id"], "hello there", "Ann")
        for format in ("wav", "mp3"):
            sound = await client.get(f"/danmaku/audio/{play['id']}", params={"format": format})
            assert sound.headers["cache-control"] == "no-store"
            file = tmp_path / f"sound.{format}"
            file.write_bytes(sound.content)
            samples, rate = soundfile.read(file)
            assert len(samples) / rate > 0.1
        done = await player.first("done")
        assert done["id"] == play["id"]
    stats = (await client.get("/danmaku/stats")).json()
    assert (stats["received"], stats["read"], stats["open"]) == (1, 1, 0)
    scraped = (await client.get("/metrics")).text
    assert 'tts_room_messages_total{outcome="read",room="main"} 1.0' in scraped
    assert 'tts_room_wait_seconds{quantile="0.5",room="main"}' in scraped
    [line] = (await client.get("/danmaku/history")).json()["items"]
    assert (line["id"], line["outcome"], line["caption"]) == (receipt["id"], "read", "hello there")


async def test_sound_comes_along_where_it_is_wanted_inline(served: Served) -> None:
    async with page(served.client, "audio=inline") as player, page(served.client, "role=caption") as captions:
        await served.client.post("/danmaku", json={"text": "hello there, all of you who listen"})
        await player.first("done")
        chunks = player.all("chunk")
        assert [chunk["seq"] for chunk in chunks] == list(range(len(chunks)))
        seconds = sum(len(base64.b64decode(c["audio"])) / 2 / c["sample_rate"] for c in chunks)
        done = player.all("done")[0]
        assert seconds * 1000 == pytest.approx(done["duration_ms"], abs=1)
        await captions.first("done")
        assert not captions.all("chunk")


async def test_who_comes_back_hears_what_was_missed_and_where_things_are(served: Served) -> None:
    async with page(served.client) as player:
        await served.client.post("/danmaku", json={"text": "one thing that is said"})
        await player.first("play")
        last = player.events[-1].id
        await player.first("done")
        async with page(served.client, **{"Last-Event-ID": last}) as again:
            await again.first("done")
            assert [event.event for event in again.events][:2] == ["state", "done"]
            assert not again.all("play")


async def test_nobody_listens_nothing_is_made(served: Served) -> None:
    async with page(served.client, "role=caption"):
        await served.client.post("/danmaku", json={"text": "is anybody there"})
        [waiting] = (await served.client.get("/danmaku/queue")).json()["items"]
        assert waiting["state"] == "queued"
        assert (await served.client.get("/danmaku/state")).json()["players"] == 0


async def test_every_item_has_its_answer_in_its_order(served: Served) -> None:
    items = [
        {"text": "hello"},
        {"text": "hello", "user": "Bob"},
        {"text": "!help", "user": "Cid"},
        {"kind": "superchat", "text": "加油", "user": {"id": "7", "name": "小明"}, "amount": 30, "currency": "CNY"},
        {"kind": "gift", "gift": "rose", "count": 3, "amount": "0.5", "user": "Dan"},
        {"kind": "join", "user": "Eve"},
    ]
    answer = await served.client.post("/danmaku", json=items)
    told = [(item["status"], item["reason"]) for item in answer.json()["items"]]
    assert told == [
        ("queued", None), ("merged", None), ("dropped", "command"), ("queued", None), ("queued", None),
        ("dropped", "kind_off"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 422),
        (b'"hello"', 422),
        (b'{"text": 5}', 422),
        (b'{"txt": "hello"}', 422),
        (b'{"kind": "shout", "text": "hello"}', 422),
        (b'{"source": "../etc", "text": "hello"}', 422),
        (json.dumps([{"text": "x"}] * 51).encode(), 422),
        (json.dumps({"text": "x" * 10_001}).encode(), 422),
        (b'{"text": "x", "amount": 1e999}', 422),
        (b'{"text": "x", "user": {"roles": ["king"]}}', 422),
    ],
)
async def test_what_is_no_chat_is_refused(served: Served, body: bytes, status: int) -> None:
    answer = await served.client.post("/danmaku", content=body)
    assert answer.status_code == status
    error_of(answer)
    assert (await served.client.get("/danmaku/stats")).json()["received"] == 0


async def test_hostile_chat_is_taken_and_does_no_harm(served: Served) -> None:
    hostile = [
        {"text": "\ud800 half a character", "user": "\udfff"},
        {"text": "a\u0000b" * 100, "user": "\u202e" * 50},
        {"text": "z" + "\u0300" * 900, "user": {"name": "n" * 9000, "id": "i" * 900}},
        {
            "text": "😀" * 500,
            "emotes": [{"name": "x", "start": 400, "end": 3}, {"name": "y", "start": 0, "end": 9**9}],
        },
        {"text": "<|im_end|>[laughter]{user.__class__}", "count": 10**30, "months": 10**30},
        {"text": "\n\ndata: boo\n\nevent: stop\nid: 7\n", "color": "red;background:url(//x)"},
    ]
    async with page(served.client, "role=studio") as studio:
        answer = await served.client.post("/danmaku", content=json.dumps(hostile))
        assert answer.status_code == 202
        assert len(answer.json()["items"]) == len(hostile)
        await served.client.post("/danmaku/pause")
        await studio.first("mode")
        assert {event.event for event in studio.events} <= {"state", "queued", "over", "mode"}
        assert all(json.loads(event.data).get("color", "") == "" for event in studio.events)


async def test_a_moderator_has_all_controls(served: Served) -> None:
    client = served.client

    async def post(path: str, body: object = None, status: int = 204) -> httpx.Response:
        answer = await client.post(f"/danmaku/{path}", json=body)
        assert answer.status_code == status, answer.text
        return answer

    await post("pause")
    ids = [
        (await client.post("/danmaku", json={"text": f"message {n}", "user": f"u{n}", "message_id": n})).json()[
            "items"
        ][0]["id"]
        for n in range(4)
    ]
    async with page(client) as player:
        await post("skip", status=404)
        await post("skip", {"id": ids[0]})
        await post("skip", {"id": ids[0]}, 404)
        await post("skip", {"id": "../../etc"}, 422)
        assert (await post("retract", {"source": "push", "message_id": "1"}, 200)).json() == {"count": 1}
        await post("retract", {"source": "push"}, 422)
        await post("resume")
        await player.first("done")
        play = player.all("play")[0]
        assert play["id"] == ids[2]
        await post("replay", {"id": ids[2]})
        await post("replay", {"id": ids[0]}, 404)
        await post("panic")
        assert (await client.get("/danmaku/state")).json()["silenced"]
        await post("resume")
        assert (await post("clear", {"scope": "all"}, 200)).json() == {"count": 0}
        await post("approve", {"id": ids[3]}, 404)
        assert (await post("retract", {"source": "push", "message_id": 2}, 200)).json()["count"] >= 1
        assert (await client.get(f"/danmaku/audio/{ids[2]}")).status_code == 404


async def test_a_room_is_changed_while_it_runs_by_one_at_a_time(served: Served) -> None:
    client = served.client
    first = await client.get("/danmaku/config")
    assert (first.json()["version"], first.headers["etag"]) == (0, '"0"')
    assert first.json()["config"]["links"] == "replace"
    changed = await client.patch("/danmaku/config", json={"links": "drop", "pace": {"user_burst": 9}})
    assert (changed.status_code, changed.json()["version"]) == (200, 1)
    assert changed.json()["config"]["templates"]["chat"]["en"] == "{text}"  # what was not named stays
    stale = await client.put("/danmaku/config", json={}, headers={"If-Match": '"0"'})
    assert stale.status_code == 409
    assert error_of(stale)["code"] == "version_conflict"
    trace = (await client.post("/danmaku/test", json={"text": "look at example.com"})).json()
    assert (trace["read"], trace["reason"]) == (False, "link")
    assert trace["steps"][-1]["step"] == "link"
    wrong = await client.patch("/danmaku/config", json={"words": {"patterns": ["(a"]}})
    assert wrong.status_code == 422
    assert error_of(wrong)["param"] == "words"
    back = await client.request("DELETE", "/danmaku/config", headers={"If-Match": '"1"'})
    assert (back.json()["version"], back.json()["config"]["links"]) == (2, "replace")
    reset = await client.patch("/danmaku/config", json={"templates": None})
    assert reset.json()["config"]["templates"] == {}


async def test_users_are_muted_named_and_given_voices(served: Served) -> None:
    client = served.client
    put = await client.put("/danmaku/users/push:7", json={"nickname": "Sunny", "voice": "mei"})
    assert put.json() == {
        "user": "push:7", "muted": False, "trusted": False, "nickname": "Sunny", "voice": "mei", "chosen_voice": "",
    }  # fmt: skip
    assert (await client.put("/danmaku/users/push:7", json={"voice": "nobody"})).status_code == 404
    await client.put("/danmaku/users/push:7", json={"muted": True})
    [known] = (await client.get("/danmaku/users")).json()
    assert (known["nickname"], known["muted"]) == ("Sunny", True)
    answer = await client.post("/danmaku", json={"text": "hello", "user": {"id": "7", "name": "Ann"}})
    assert answer.json()["items"][0]["reason"] == "user_muted"
    strange = quote("push:a/b?c#d", safe="")
    assert (await client.put(f"/danmaku/users/{strange}", json={"muted": True})).json()["user"] == "push:a/b?c#d"
    assert (await client.delete(f"/danmaku/users/{strange}")).status_code == 204
    assert (await client.delete("/danmaku/users/push:7")).status_code == 204
    assert (await client.get("/danmaku/users/push:7")).json()["nickname"] == ""


async def test_sources_come_and_go_while_the_server_runs(served: Served) -> None:
    client = served.client
    body = {"type": "twitch", "channel": "somebody", "enabled": False}
    made = await client.post("/danmaku/sources", json=body)
    assert made.status_code == 201
    id = made.json()["id"]
    assert (await client.post("/danmaku/sources", json=body)).status_code == 409
    assert (await client.post("/danmaku/sources", json={**body, "id": "b", "room": "cellar"})).status_code == 404
    assert [source["state"] for source in (await client.get("/danmaku/sources")).json()["items"]] == ["stopped"]
    assert (await client.post(f"/danmaku/sources/{id}/stop")).json()["state"] == "stopped"
    assert (await client.delete(f"/danmaku/sources/{id}")).status_code == 204
    assert (await client.post(f"/danmaku/sources/{id}/start")).status_code == 404


async def test_rooms_are_those_of_the_settings(served: Served) -> None:
    assert [room["name"] for room in (await served.client.get("/danmaku/rooms")).json()["rooms"]] == ["main"]
    answer = await served.client.post("/danmaku?room=cellar", json={"text": "hello"})
    assert (answer.status_code, error_of(answer)["code"]) == (404, "room_not_found")


async def test_each_key_opens_its_part(tmp_path: Path) -> None:
    keys = {"chat": "danmaku", "obs": "overlay", "boss": "admin"}
    auth = {"keys": [{"name": n, "sha256": _sha(n), "scopes": [scope]} for n, scope in keys.items()]}
    async with listening(tmp_path, auth=auth) as served:

        async def status(method: str, path: str, key: str) -> int:
            async with served.client.stream(method, path, headers={"X-API-Key": key}, json={"text": "x"}) as answer:
                return answer.status_code

        assert [await status("POST", "/danmaku", key) for key in ("chat", "obs", "boss")] == [202, 403, 202]
        assert [await status("GET", "/danmaku/stream", key) for key in ("chat", "obs", "boss")] == [403, 200, 200]
        assert [await status("GET", "/danmaku/stream?role=studio", key) for key in ("obs", "boss")] == [403, 200]
        assert [await status("PATCH", "/danmaku/config", key) for key in ("chat", "obs")] == [403, 403]
        async with served.client.stream("GET", "/danmaku/stream?token=obs") as answer:  # EventSource sends no headers
            assert answer.status_code == 200


async def test_streams_end_when_the_server_does(tmp_path: Path) -> None:
    async with listening(tmp_path) as served, page(served.client) as player:
        served.app.state.services.drain.begin(1)
        async with asyncio.timeout(PATIENCE):
            while len(served.app.state.services.rooms.get("main").broker):  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        assert player.all("state")


async def test_a_state_file_that_cannot_be_used_costs_only_what_it_would_have_kept(tmp_path: Path) -> None:
    (tmp_path / "bad.sqlite").write_text("this is no database " * 100)
    async with serving(tmp_path, danmaku={"state_file": tmp_path / "bad.sqlite"}) as served:
        assert (await served.client.get("/danmaku/rooms")).json()["kept"] is False
        assert (await served.client.post("/danmaku", json={"text": "hello"})).status_code == 202


def _sha(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


async def test_a_disk_that_is_full_is_told_and_chat_is_read_all_the_same(tmp_path: Path) -> None:
    async with listening(tmp_path, **QUICK, danmaku={"rooms": SAY_TEXT, "state_file": tmp_path / "s.sqlite"}) as served:
        client, rooms = served.client, served.app.state.services.rooms
        database = rooms._store._db
        await database.execute("PRAGMA max_page_count = 1")  # the real error of a full disk
        body = {"kind": "superchat", "text": "x" * 900, "amount": 5, "user": "Pat"}
        async with page(client) as player:
            for n in range(30):
                answer = await client.post("/danmaku", json=[{"text": f"hello {n}", "user": f"u{n}"}, body])
                assert answer.status_code == 202
            await player.first("done")
        config = await client.put("/danmaku/config", json={"replace": [{"text": "a", "by": "b" * 200}] * 900})
        assert (config.status_code, error_of(config)["code"]) == (503, "storage_failed")
        assert (await client.get("/danmaku/config")).json()["version"] == 0
        assert (await client.get("/danmaku/history")).status_code == 200
        await database.execute("PRAGMA max_page_count = 100000")
        async with asyncio.timeout(PATIENCE):
            while len((await client.get("/danmaku/history")).json()["items"]) < 20:  # noqa: ASYNC110
                await asyncio.sleep(0.05)


async def test_sound_that_is_taken_back_while_somebody_waits_for_it_is_not_there(served: Served) -> None:
    stage = served.app.state.services.rooms.get("main").stage

    class Retracted(Clip):
        """Its first sound comes, and a moderator takes it back before anybody can look."""

        async def first(self) -> None:
            await super().first()
            self.discard("retracted")

    async def sound() -> AsyncIterator[Chunk]:
        yield Chunk(np.zeros(100, np.float32), 1000, "text", 0, 1, 0.0)

    token = CancelToken()
    clips = {"a" * 32: Retracted(sound(), token)}
    stage.clip = clips.get
    answer = await served.client.get(f"/danmaku/audio/{'a' * 32}")
    assert (answer.status_code, error_of(answer)["code"]) == (404, "message_not_found")


async def test_what_may_take_long_is_done_beside_the_event_loop(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fifty expressions take RE2 a second; ten thousand users are as long to list."""
    threads: dict[str, int] = {}

    def noted(name: str, do: Any) -> Any:
        def call(*arguments: Any) -> Any:
            threads[name] = threading.get_ident()
            return do(*arguments)

        return call

    monkeypatch.setattr(policy, "user_pattern", noted("pattern", policy.user_pattern))
    monkeypatch.setattr(KnownPerson, "of", noted("user", KnownPerson.of))
    for method in ("PUT", "PATCH"):
        threads.clear()
        answer = await served.client.request(method, "/danmaku/config", json={"words": {"patterns": [f"x{method}"]}})
        assert answer.status_code == 200
        assert threads["pattern"] != threading.get_ident()
    served.app.state.services.rooms.get("main").people.put("push:1", Person(nickname="Sunny"))
    assert [known["nickname"] for known in (await served.client.get("/danmaku/users")).json()] == ["Sunny"]
    assert threads["user"] != threading.get_ident()
