"""A chat of Twitch on loopback, in the settings, to what pages are told, through the whole app."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from ishowtts.synthesis.request import SpeechRequest
from tests.api.server import Served, listening
from tests.api.test_danmaku import SAY_TEXT, page
from tests.danmaku.sources.fake_twitch import FakeTwitch, fake_twitch
from tests.serving.running import PATIENCE

pytestmark = pytest.mark.anyio

STEPS = 12


@pytest.fixture
async def twitch() -> AsyncIterator[FakeTwitch]:
    async with fake_twitch() as twitch:
        yield twitch


@pytest.fixture
async def served(tmp_path: Path, twitch: FakeTwitch) -> AsyncIterator[Served]:
    danmaku = {"rooms": SAY_TEXT, "sources": [{"type": "twitch", "channel": "somebody", "base_url": twitch.url}]}
    async with listening(tmp_path, danmaku=danmaku, synthesis={"nfe_step": STEPS}) as served:
        await twitch.joined("somebody")
        yield served


async def source(served: Served) -> Any:
    [told] = (await served.client.get("/danmaku/sources")).json()["items"]
    return told


async def test_a_chat_in_the_settings_is_heard_and_what_is_deleted_is_taken_back(
    served: Served, twitch: FakeTwitch
) -> None:
    async with page(served.client) as player, page(served.client, "role=caption") as captions:
        kept = await twitch.say("Ann", "hello everyone who is here", color="#1E90FF")
        play = await captions.first("play")
        told = (play["source"], play["user"], play["caption"], play["color"])
        assert told == ("twitch", "Ann", "hello everyone who is here", "#1e90ff")
        sound = await served.client.get(f"/danmaku/audio/{play['id']}")
        assert (sound.status_code, sound.headers["content-type"]) == (200, "audio/wav")
        await twitch.say("Bad", "this is slander, and rather a long one of its kind")
        async with asyncio.timeout(PATIENCE):
            while len(plays := captions.all("play")) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        await twitch.ban("Bad")
        assert (await captions.first("retracted"))["ids"] == [plays[1]["id"]]
        assert (await player.first("stop"))["id"] == plays[1]["id"]
        assert (await served.client.get(f"/danmaku/audio/{plays[1]['id']}")).status_code == 404
        await twitch.delete(kept)  # heard, and taken back all the same
        async with asyncio.timeout(PATIENCE):
            while len(captions.all("retracted")) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        assert captions.all("retracted")[1]["ids"] == [play["id"]]
        assert (await served.client.get(f"/danmaku/audio/{play['id']}")).status_code == 404
    stats = (await served.client.get("/danmaku/stats")).json()
    assert (stats["received"], stats["read"], stats["stopped"], stats["open"]) == (2, 1, 1, 0)
    assert (await source(served))["received"] == 4


async def test_sources_are_stopped_started_and_removed_while_it_runs(served: Served, twitch: FakeTwitch) -> None:
    client, id = served.client, (await source(served))["id"]
    async with page(client) as player:
        assert (await client.post(f"/danmaku/sources/{id}/stop")).json()["state"] == "stopped"
        await twitch.until(lambda: not twitch.here)
        starts = [client.post(f"/danmaku/sources/{id}/start") for _ in range(3)]
        assert {answer.status_code for answer in await asyncio.gather(*starts)} == {200}
        await twitch.joined("somebody")
        await twitch.say("Ann", "hello again")
        assert (await player.first("play"))["caption"] == "hello again"
        assert twitch.entered == ["somebody", "somebody"]  # one connection at a time
        assert (await source(served))["state"] == "live"
        assert (await client.delete(f"/danmaku/sources/{id}")).status_code == 204
        await twitch.until(lambda: not twitch.here)
        assert (await client.get("/danmaku/sources")).json()["items"] == []
        assert (await client.post("/danmaku", json={"text": "the room goes on"})).status_code == 202


async def test_defect_chat_was_made_with_steps_written_in_the_code(
    served: Served, twitch: FakeTwitch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the settings say of synthesis counts for chat as for all else."""
    speaker, asked = served.app.state.services.speaker, list[SpeechRequest]()
    speak = speaker.speak

    def remembered(request: SpeechRequest, *more: Any) -> Any:
        asked.append(request)
        return speak(request, *more)

    monkeypatch.setattr(speaker, "speak", remembered)
    async with page(served.client) as player:
        await twitch.say("Ann", "hello there")
        await player.first("done")
    [request] = asked
    assert (request.sampling.nfe_step, request.remove_silence) == (STEPS, False)


async def test_no_line_of_the_log_says_what_was_said(
    served: Served, twitch: FakeTwitch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    async with page(served.client) as player:
        await twitch.say("Secretive", "something confidential")
        await served.client.get("/danmaku/say?text=something+confidential+too&user=Secretive")
        await player.first("done")
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("ishowtts"))
    assert "danmaku/say" in ours
    assert "onfidential" not in ours
    assert "ecretive" not in ours
