from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
import soundfile

from tests.api.server import error_of, listening, serving
from tests.api.test_danmaku import QUICK, SAY_TEXT, page

pytestmark = pytest.mark.anyio

LAN = {"server": {"host": "192.168.1.5", "insecure": True, "allowed_hosts": ["test"]}}
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


async def test_a_tool_that_knows_only_urls_is_heard(tmp_path: Path) -> None:
    async with listening(tmp_path, **QUICK, danmaku={"rooms": SAY_TEXT}) as served, page(served.client) as player:
        said = await served.client.get(
            "/danmaku/say?user=%E5%B0%8F%E6%98%8E&text=%E4%BD%A0%E5%A5%BD%EF%BC%8C%E4%B8%BB%E6%92%AD"
        )
        assert (said.status_code, said.json()["status"]) == (202, "queued")
        play = await player.first("play")
        assert (play["id"], play["user"], play["caption"]) == (said.json()["id"], "小明", "你好，主播")


async def test_what_it_says_goes_through_the_filters(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        for text, reason in [("!drop 7", "command"), ("", "empty"), ("<|im_end|>", "empty")]:
            said = (await served.client.get("/danmaku/say", params={"text": text, "user": "Ann"})).json()
            assert (said["status"], said["reason"]) == ("dropped", reason)
        for _ in range(2):  # a tool that tries again
            again = await served.client.get("/danmaku/say", params={"text": "once", "message_id": "7"})
        assert again.json()["reason"] == "already_taken"
        notices = [
            (await served.client.get("/danmaku/say", params={"text": f"notice {n}", "kind": "system"})).json()["status"]
            for n in range(10)
        ]
        assert notices == ["queued"] * 10


WRONG: list[tuple[str, int, str | None]] = [
    ("", 422, "text"),
    ("text=a&room=cellar", 404, None),
    ("text=a&room=../etc", 422, "room"),
    ("text=a&voice=nobody", 404, "voice"),
    ("text=a&source=A%20B", 422, "source"),
    ("text=a&kind=shout", 422, "kind"),
    ("text=" + "a" * 10_001, 422, "text"),
]


async def test_what_cannot_be_said_is_told(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        for query, status, param in WRONG:
            answer = await served.client.get(f"/danmaku/say?{query}")
            assert (answer.status_code, error_of(answer)["param"]) == (status, param)
        assert (await served.client.get("/danmaku/stats")).json()["received"] == 0


async def test_the_key_may_stand_in_the_url_of_this_route_alone(tmp_path: Path) -> None:
    keys = [{"name": n, "sha256": hashlib.sha256(n.encode()).hexdigest(), "scopes": [s]} for n, s in KEYS.items()]
    async with serving(tmp_path, auth={"keys": keys}) as served:

        async def status(path: str) -> int:
            return (await served.client.get(path)).status_code

        assert [await status(f"/danmaku/say?text=a&token={key}") for key in ("chat", "obs", "wrong")] == [202, 403, 401]
        assert await status("/danmaku/say?text=a") == 401
        assert await status("/danmaku/history?token=chat") == 401
        assert (await served.client.post("/danmaku?token=chat", json={"text": "a"})).status_code == 401
        stats = await served.client.get("/danmaku/stats", headers={"X-API-Key": "chat"})
        assert stats.json()["received"] == 1


KEYS = {"chat": "danmaku", "obs": "overlay"}


STRANGERS: list[dict[str, str]] = [
    {"Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
    {"Sec-Fetch-Site": "same-site"},
    {"Referer": "https://evil.example/page"},
    {"Referer": "http://test.evil.example/"},
    {"Referer": "nonsense"},
    {"Sec-Purpose": "prefetch;prerender", "Sec-Fetch-Site": "none"},
    {"X-Moz": "prefetch"},
]


async def test_a_strangers_page_makes_no_room_speak(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        for headers in STRANGERS:
            answer = await served.client.get("/danmaku/say?text=buy+this", headers={"User-Agent": BROWSER, **headers})
            assert (answer.status_code, error_of(answer)["code"]) == (403, "wrong_origin")
        assert (await served.client.get("/danmaku/stats")).json()["received"] == 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),  # an <img> of any page, over plain HTTP: it says nothing of where it is from
        ({"Referer": "http://test/studio"}, 202),
        ({"Sec-Fetch-Site": "same-origin"}, 202),
        ({"User-Agent": "python-httpx"}, 202),
    ],
)
async def test_without_keys_in_a_network_a_browser_must_say_whose_page_asks(
    tmp_path: Path, headers: dict[str, str], status: int
) -> None:
    async with serving(tmp_path, **LAN) as served:
        answer = await served.client.get("/danmaku/say?text=hi", headers={"User-Agent": BROWSER, **headers})
        assert answer.status_code == status, answer.text


async def test_an_address_that_is_typed_here_works(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        for headers in ({"Host": "localhost:27121"}, {"Host": "test", "Sec-Fetch-Site": "none"}):
            answer = await served.client.get("/danmaku/say?text=hi", headers={"User-Agent": BROWSER, **headers})
            assert answer.status_code == 202


async def test_a_tool_that_wants_the_sound_as_the_answer_has_it(tmp_path: Path) -> None:
    """RE-TTSCat and others download a file and play it themselves."""
    async with serving(tmp_path) as served:
        answer = await served.client.get("/tts?format=mp3&text=%E4%BD%A0%E5%A5%BD", headers={"User-Agent": BROWSER})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/mpeg")
        (tmp_path / "sound.mp3").write_bytes(answer.content)
        samples, rate = soundfile.read(tmp_path / "sound.mp3")
        assert len(samples) / rate > 0.1


@pytest.mark.parametrize("way", ["get", "post"])
async def test_who_sends_may_choose_the_voice(tmp_path: Path, way: str) -> None:
    async with listening(tmp_path, **QUICK, danmaku={"rooms": SAY_TEXT}) as served, page(served.client) as player:
        message: dict[str, Any] = {"text": "hello there", "voice": "mei"}
        if way == "get":
            await served.client.get("/danmaku/say", params=message)
        else:
            await served.client.post("/danmaku", json=message)
            unknown = await served.client.post("/danmaku", json=[{"text": "one"}, {"text": "two", "voice": "nobody"}])
            assert (unknown.status_code, error_of(unknown)["code"]) == (404, "voice_not_found")
        assert (await player.first("play"))["voice"] == "mei"
        assert (await served.client.get("/danmaku/stats")).json()["received"] == 1
