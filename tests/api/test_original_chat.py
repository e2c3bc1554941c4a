from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from ishowtts.api.original_chat_schemas import OriginalMessage
from ishowtts.danmaku.event import Emote
from ishowtts.danmaku.sources import build
from tests.api.server import Served, error_of, serving
from tests.danmaku.sources.fake_twitch import FakeTwitch, fake_twitch

pytestmark = pytest.mark.anyio

MESSAGE: dict[str, Any] = {
    "id": "b2f6a1de-1f0b-4a2e-9c55-0e9f7a3c1d11",
    "platform": "Twitch",
    "channel": "somebody",
    "user_id": "42",
    "username": "Ann",
    "priority": "Normal",
    "content": {"Text": "hello there"},
    "metadata": {
        "badges": ["subscriber/6"],
        "color": "#00FF7F",
        "emotes": [{"id": "25", "positions": [{"start": 6, "end": 10}, {"start": 99, "end": 3}]}, "no emote"],
        "message_id": "abcd-1234",
        "first_msg": False,
        "raw_tags": {"a": "b"},
    },
    "timestamp": "2025-10-01T20:15:30.123456789Z",
}


@pytest.fixture
async def twitch(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeTwitch]:
    async with fake_twitch() as server:
        monkeypatch.setattr(build, "TWITCH", server.url)
        yield server


@pytest.fixture
async def served(tmp_path: Path, twitch: FakeTwitch) -> AsyncIterator[Served]:
    async with serving(tmp_path) as served:
        yield served


async def post(served: Served, path: str, body: object, status: int) -> Any:
    answer = await served.client.post(f"/api/danmaku/{path}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


async def start(served: Served, channel: str = "somebody", status: int = 202, **more: object) -> Any:
    return await post(served, "start", {"platform": "twitch", "channel": channel, **more}, status)


async def test_a_channel_is_started_heard_and_stopped(served: Served, twitch: FakeTwitch) -> None:
    body = {"platform": "twitch", "channel": "https://www.twitch.tv/SomeBody", "voice_id": None, "engine": "f5"}
    assert await post(served, "start", body, 202) == {"status": "started", "channel": "somebody"}
    await twitch.joined("somebody")
    await twitch.say("Ann", "hello there")
    room = served.app.state.services.rooms.get("main")
    await twitch.until(lambda: room.stage.queue())
    assert [message["caption"] for message in room.stage.queue()] == ["hello there"]
    stop = {"platform": "Twitch", "channel": "somebody"}
    assert await post(served, "stop", stop, 202) == {"status": "stopped", "channel": "somebody"}
    await twitch.until(lambda: not twitch.here)
    assert await post(served, "stop", stop, 200) == {"status": "idle", "channel": None}
    assert (await served.client.get("/danmaku/sources")).json()["items"] == []


async def test_what_waits_is_not_heard_after_a_stop_but_what_was_paid_for_is(
    served: Served, twitch: FakeTwitch
) -> None:
    await start(served)
    await twitch.joined("somebody")
    await twitch.say("Ann", "hello there")
    await twitch.say("Pat", "take this Cheer100", bits="100")
    room = served.app.state.services.rooms.get("main")
    await served.client.post("/danmaku", json={"text": "from elsewhere"})
    await twitch.until(lambda: len(room.stage.queue()) == 3)
    await post(served, "stop", {"platform": "twitch", "channel": "somebody"}, 202)
    assert [message["kind"] for message in room.stage.queue()] == ["bits", "chat"]
    assert room.record.tally.reasons["cleared"] == 1
    await start(served)
    await twitch.joined("somebody")
    assert len(room.stage.queue()) == 2


async def test_the_voice_of_the_page_reads_the_channel(served: Served) -> None:
    assert (await start(served, status=404, voice_id="nobody"))["error"]["code"] == "voice_not_found"
    await start(served, voice_id="mei")
    assert (await served.client.get("/danmaku/config")).json()["config"]["voices"]["sources"] == {"twitch": "mei"}
    await start(served, voice_id="mei")
    assert (await served.client.get("/danmaku/config")).json()["version"] == 1


NO_CHANNEL: list[tuple[object, str | None]] = [
    ({"platform": "youtube", "channel": "x"}, "platform"),
    ({"platform": "mars", "channel": "x"}, "platform"),
    ({"platform": "twitch", "channel": "no such name!"}, "channel"),
    ({"platform": "twitch", "channel": "https://evil.example/x"}, "channel"),
    ({"platform": "twitch"}, "channel"),
    ({"platform": "twitch", "channel": "a", "engine": "index_tts"}, "engine"),
    ([], None),
]


async def test_what_cannot_be_started_is_told(served: Served) -> None:
    for body, param in NO_CHANNEL:
        for path in ("start", "stop") if param != "engine" else ("start",):
            answer = await served.client.post(f"/api/danmaku/{path}", json=body)
            assert (answer.status_code, error_of(answer)["param"]) == (422, param)
    assert (await served.client.get("/danmaku/sources")).json()["items"] == []


async def test_a_message_is_put_in_with_all_it_says(served: Served) -> None:
    await start(served)
    await post(served, "enqueue", MESSAGE, 202)
    room = served.app.state.services.rooms.get("main")
    [told] = room.stage.queue()
    assert (told["source"], told["kind"], told["user"], told["user_id"], told["caption"], told["rank"]) == (
        "twitch", "chat", "Ann", "twitch:42", "hello there", "member",
    )  # fmt: skip
    assert (told["color"], told["at_ms"]) == ("#00ff7f", 1759349730123)
    event = OriginalMessage.model_validate(MESSAGE).event()
    assert event is not None
    assert (event.emotes, event.message_id) == ((Emote("there", 6, 11),), "abcd-1234")
    await post(served, "enqueue", MESSAGE, 204)  # the same id
    for id, more in {"a": {"content": {"Text": "!drop 7"}}, "b": {"content": {"System": "hello"}}}.items():
        await post(served, "enqueue", {**MESSAGE, "id": id, "metadata": None, **more}, 204)
    assert len(room.stage.queue()) == 1


PRIORITIES: list[tuple[dict[str, object], str, str]] = [
    ({"priority": "Paid"}, "superchat", "paid"),
    ({"priority": "Gift"}, "superchat", "paid"),
    ({"priority": "Moderator", "metadata": {"bits": 100}, "user_id": "7"}, "bits", "paid"),
    ({"priority": "Moderator"}, "chat", "member"),
    ({"priority": "Normal"}, "chat", "chat"),
]


async def test_its_priority_counts(served: Served) -> None:
    await start(served)
    room = served.app.state.services.rooms.get("main")
    for n, (change, kind, rank) in enumerate(PRIORITIES):
        message = {**MESSAGE, "metadata": None, "id": str(n), "content": {"Text": f"hello {n}"}, **change}
        await post(served, "enqueue", message, 202)
        assert [(told["kind"], told["rank"]) for told in room.stage.queue()] == [(kind, rank)]
        room.clear("all")


async def test_a_message_of_no_channel_is_not_lost_in_silence(served: Served) -> None:
    assert (await post(served, "enqueue", MESSAGE, 404))["error"]["code"] == "source_not_found"
    await start(served)
    await post(served, "stop", {"platform": "twitch", "channel": "somebody"}, 202)
    await post(served, "enqueue", MESSAGE, 404)
    assert (await served.client.get("/danmaku/stats")).json()["received"] == 0


NO_MESSAGE: list[dict[str, object]] = [
    {"content": {}},
    {"content": {"Text": 5}},
    {"content": "hello"},
    {"priority": "Urgent"},
    {"timestamp": "yesterday"},
    {"timestamp": "2025-10-01T20:15:30"},
    {"username": None},
    {"platform": "../etc"},
    {"id": None},
]


async def test_what_is_no_message_is_refused(served: Served) -> None:
    await start(served)
    for change in NO_MESSAGE:
        answer = await served.client.post("/api/danmaku/enqueue", json={**MESSAGE, **change})
        assert answer.status_code == 422
        assert error_of(answer)["param"] == next(iter(change))
        assert "yesterday" not in answer.text


STRANGE: list[object] = [
    [1],
    "text",
    {"bits": True, "badges": "moderator", "emotes": {"a": 1}, "color": 5, "message_id": ["x"]},
    {"badges": [None, {}] * 100, "emotes": [{"positions": [{"start": -1, "end": 2**70}]}] * 500, "bits": -5},
    {"color": "red;background:url(//x)"},
]


async def test_metadata_of_any_shape_does_no_harm(served: Served) -> None:
    await start(served)
    for n, metadata in enumerate(STRANGE):
        message = {**MESSAGE, "id": str(n), "user_id": str(n), "content": {"Text": f"hello {n}"}, "metadata": metadata}
        await post(served, "enqueue", message, 202)
    for told in served.app.state.services.rooms.get("main").stage.queue():
        assert (told["kind"], told["rank"], told["color"]) == ("chat", "chat", "")


async def test_new_channels_and_voices_want_more_than_the_key_of_a_chat_tool(
    tmp_path: Path, twitch: FakeTwitch
) -> None:
    keys = [{"name": "chat", "sha256": hashlib.sha256(b"chat").hexdigest(), "scopes": ["danmaku"]}]
    known = {"type": "twitch", "channel": "known", "base_url": twitch.url, "enabled": False}
    async with serving(tmp_path, auth={"keys": keys}, danmaku={"sources": [known]}) as served:
        served.client.headers["X-API-Key"] = "chat"
        await start(served, status=403)
        await start(served, "known", 403, voice_id="mei")
        await start(served, "known")
        await twitch.joined("known")
        await post(served, "stop", {"platform": "twitch", "channel": "known"}, 202)
        assert [source["state"] for source in (await served.client.get("/danmaku/sources")).json()["items"]] == [
            "stopped"
        ]
