from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.api.server import Served, listening
from tests.api.sockets import answer, ask, refused, socket
from tests.api.test_danmaku import QUICK, page
from tests.serving.running import PATIENCE

pytestmark = pytest.mark.anyio

ROOMS = {"main": {"voices": {"commands": {"EventVoice": "mei"}}}, "side": {}}
PATH = "/danmaku/speaker"


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with listening(tmp_path, **QUICK, danmaku={"rooms": ROOMS}) as served:
        yield served


def room_of(served: Served, name: str = "main") -> Any:
    return served.app.state.services.rooms.get(name)


@pytest.mark.parametrize("path", [PATH, "/"])
async def test_what_is_asked_is_spoken(served: Served, path: str) -> None:
    async with page(served.client) as player, socket(served, path) as tool:
        said = await ask(
            tool, id="<7>", request="Speak", voice="EventVoice", message="This is a test message", badWordFilter=True
        )
        assert (said["id"], said["status"]) == ("<7>", "ok")
        play = await player.first("play")
        assert said["result"] == {"speechId": play["id"], "status": "queued", "reason": None}
        assert (play["voice"], play["caption"], play["kind"]) == ("mei", "This is a test message", "system")


async def test_a_tool_has_the_controls(served: Served) -> None:
    room = room_of(served)
    async with socket(served, PATH) as tool:

        async def does(request: str, **more: object) -> dict[str, Any]:
            told = await ask(tool, request=request, **more)
            assert told["status"] == "ok", told
            result: dict[str, Any] = told["result"]
            return result

        for n in range(3):
            assert (await does("Speak", message=f"number {n}"))["status"] == "queued"
        assert len(room.stage.queue()) == 3
        await does("Pause")
        assert room.stage.paused
        assert await does("Clear") == {"count": 3}
        await does("Resume")
        assert not room.stage.paused
        assert await does("Stop") == {"stopped": False}
        await does("Disable")
        assert (await does("Speak", message="hello"))["reason"] == "silenced"
        await does("Resume")  # lifts a pause, not this
        assert room.stage.silenced
        await does("Enable")
        assert (await does("Speak", message="hello"))["status"] == "queued"
        assert (await does("Speak", message="<|im_end|>"))["reason"] == "empty"
        info = await does("GetInfo")
        assert (info["name"], info["apiVersion"]) == ("iShowTTS", 2)
        assert {alias["name"] for alias in (await does("GetAliases"))["aliases"]} == {"ann", "mei", "EventVoice"}
        assert {"Speak", "Subscribe"} <= set((await does("Commands"))["commands"])


async def test_events_and_mode_change_what_the_room_reads(served: Served) -> None:
    before = room_of(served).policy.sources.kinds
    async with socket(served, PATH) as tool:
        await ask(tool, request="Events", state="off")
        assert room_of(served).policy.sources.kinds == ["chat", "system"]
        await ask(tool, request="Mode", mode="command")
        assert room_of(served).policy.commands.only
        await ask(tool, request="Events", state="on")
        await ask(tool, request="Mode", mode="all")
        assert room_of(served).policy.sources.kinds == before
        assert not room_of(served).policy.commands.only
        assert (await ask(tool, request="Mode", mode="loud"))["param"] == "mode"


async def test_who_subscribes_is_told_what_becomes_of_each(served: Served) -> None:
    async with page(served.client), socket(served, PATH) as tool:
        assert (await ask(tool, request="GetEvents"))["result"]["events"]["TextToSpeech"]
        told = await ask(tool, request="Subscribe", events={"TextToSpeech": ["Playing", "finished"], "VoiceGate": []})
        assert told["result"] == {"events": {"TextToSpeech": ["Playing", "Finished"]}}
        id = (await ask(tool, request="Speak", message="hello there", voice="ann"))["result"]["speechId"]
        events = []
        async with asyncio.timeout(PATIENCE):
            while len(events) < 2:
                events.append(json.loads(await tool.recv()))
        assert [event["event"] for event in events] == [
            {"source": "TextToSpeech", "type": "Playing"}, {"source": "TextToSpeech", "type": "Finished"},
        ]  # fmt: skip
        assert events[0]["data"] | {"duration": 0} == {
            "id": id, "text": "hello there", "username": "", "voiceName": "ann", "duration": 0,
        }  # fmt: skip
        assert events[1]["data"]["duration"] > 100
        assert (await ask(tool, request="UnSubscribe", events={"*": []}))["result"]["events"] == {"TextToSpeech": []}
        assert len(room_of(served).broker) == 1


WRONG: list[tuple[str | bytes, str, str | None]] = [
    ("{", "bad_json", None),
    ("[" * 20_000, "bad_json", None),
    ("[]", "invalid_value", None),
    ("{}", "invalid_value", "request"),
    ('{"request": "Explode"}', "invalid_value", "request"),
    ('{"request": "Speak"}', "invalid_value", "message"),
    ('{"request": "Speak", "message": 5}', "invalid_value", "message"),
    ('{"request": "Speak", "message": "x", "voice": "nobody"}', "voice_not_found", "voice"),
    ('{"request": "Speak", "message": "x", "voice": "../etc"}', "voice_not_found", "voice"),
    ('{"request": "Events", "state": "maybe"}', "invalid_value", "state"),
    ('{"request": "Subscribe", "events": ["*"]}', "invalid_value", "events"),
    ('{"request": "Stop", "id": {"a": 1}}', "invalid_value", "id"),
    (b"\xff\xfe", "bad_json", None),
]


async def test_what_cannot_be_done_is_told_and_the_next_request_works(served: Served) -> None:
    async with socket(served, PATH) as tool:
        for sent, code, param in WRONG:
            await tool.send(sent)
            told = await answer(tool)
            assert (told["status"], told["code"], told["param"]) == ("error", code, param)
            assert isinstance(told["error"], str)
        assert (await ask(tool, id=5, request="Stop"))["id"] == 5
        assert (await ask(tool, id="\ud800", request="Stop"))["status"] == "ok"
    assert room_of(served).record.tally.received == 0


async def flood(tool: ClientConnection) -> None:
    for _ in range(1000):
        await tool.send('{"request": "GetInfo"}')
    while True:
        await answer(tool)


async def test_haste_is_refused_and_too_much_of_it_ends_the_connection(served: Served) -> None:
    async with socket(served, PATH) as tool:
        assert {(await ask(tool, request="GetInfo"))["status"] for _ in range(30)} == {"ok"}
        for _ in range(200):
            await tool.send('{"request": "Speak", "message": "hello"}')
        assert "rate_limited" in {(await answer(tool)).get("code") for _ in range(200)}
        with pytest.raises(ConnectionClosed) as closed:
            await flood(tool)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008


async def test_a_message_too_large_ends_the_connection(served: Served) -> None:
    async with socket(served, PATH) as tool:
        await tool.send(["x" * 40_000, "y" * 40_000])  # two frames
        with pytest.raises(ConnectionClosed) as closed:
            await answer(tool)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


async def test_there_is_nothing_elsewhere(served: Served) -> None:
    for path in ("/nothing", "/tts", "/danmaku/stream"):
        assert (await refused(served, path))[1]["code"] == "not_found"


async def test_rooms_pages_and_crowds_are_refused_in_the_handshake(served: Served) -> None:
    assert (await refused(served, f"{PATH}?room=cellar"))[1]["code"] == "room_not_found"
    assert (await refused(served, f"{PATH}?room=%2e%2e"))[0] == 404
    for headers in ({"Origin": "https://evil.example"}, {"Sec_Fetch_Site": "cross-site"}):
        assert (await refused(served, PATH, **headers))[1]["code"] == "wrong_origin"
    assert (await refused(served, PATH, Host="evil.example"))[0] == 421
    async with socket(served, f"{PATH}?room=side", Origin=f"http://127.0.0.1:{served.port}") as tool:
        await ask(tool, request="Speak", message="hello")
        assert len(room_of(served, "side").stage.queue()) == 1
    async with AsyncExitStack() as crowd:
        for _ in range(32):
            await crowd.enter_async_context(socket(served, PATH))
        assert (await refused(served, PATH))[0] == 503


async def test_keys_count_and_may_stand_in_the_url(tmp_path: Path) -> None:
    scopes = {"chat": "danmaku", "obs": "overlay", "boss": "admin"}
    keys = [{"name": n, "sha256": hashlib.sha256(n.encode()).hexdigest(), "scopes": [s]} for n, s in scopes.items()]
    async with listening(tmp_path, auth={"keys": keys}) as served:
        assert (await refused(served, PATH))[1]["code"] == "missing_api_key"
        assert (await refused(served, f"{PATH}?token=wrong"))[1]["code"] == "invalid_api_key"
        assert (await refused(served, f"{PATH}?token=obs"))[1]["code"] == "missing_scope"
        async with socket(served, PATH, X_API_Key="chat") as tool:
            assert (await ask(tool, request="Pause"))["status"] == "ok"
            assert (await ask(tool, request="Events", state="off"))["code"] == "missing_scope"
        async with socket(served, f"{PATH}?token=boss") as tool:
            assert (await ask(tool, request="Events", state="off"))["status"] == "ok"


async def test_it_ends_with_the_server_and_leaves_nothing(served: Served) -> None:
    async with socket(served, PATH) as tool, socket(served, PATH) as other:
        await ask(other, request="Subscribe", events={"*": []})
        await ask(tool, request="GetInfo")
        await other.close()
        async with asyncio.timeout(PATIENCE):
            while served.app.state.sockets.open != 1 or len(room_of(served).broker):  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        served.app.state.services.drain.begin(1)
        with pytest.raises(ConnectionClosed) as closed:
            await answer(tool)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
    assert served.app.state.sockets.open == 0
