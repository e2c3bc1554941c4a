from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from ishowtts.danmaku.event import Retraction
from ishowtts.danmaku.sources import youtube as youtube_module
from ishowtts.danmaku.sources.source import SourceFailed
from ishowtts.danmaku.sources.youtube import YouTubeSource
from tests.danmaku.sources.loopback import Answer, Request, http_server, read_all
from tests.danmaku.sources.test_youtube_events import item, text
from tests.serving.running import until

pytestmark = pytest.mark.anyio

VIDEO, KEY = "abcdefghijk", "AIza-secret"
LIVE: dict[str, Any] = {"items": [{"id": VIDEO, "liveStreamingDetails": {"activeLiveChatId": "chat-1"}}]}


def refused(status: int, reason: str) -> Answer:
    return Answer({"error": {"code": status, "message": "m", "errors": [{"reason": reason}]}}, status)


def page(*items: object, token: str | None = "next", wait: object = 1) -> Answer:
    body = {"kind": "youtube#liveChatMessageListResponse", "pollingIntervalMillis": wait, "items": list(items)}
    return Answer(body | ({"nextPageToken": token} if token else {}))


@dataclass
class Platform:
    """The fake: one answer a question, then the end of the chat."""

    pages: list[Answer]
    video: Answer = field(default_factory=lambda: Answer(LIVE))
    asked: list[Request] = field(default_factory=list)
    at: list[float] = field(default_factory=list)

    def answer(self, request: Request) -> Answer:
        assert request.method == "GET"
        assert request.headers["x-goog-api-key"] == KEY
        assert KEY not in str(request.query)
        self.asked.append(request)
        self.at.append(asyncio.get_running_loop().time())
        if request.path == "/youtube/v3/videos":
            assert request.query == {"part": "liveStreamingDetails", "id": VIDEO}
            return self.video
        assert request.path == "/youtube/v3/liveChat/messages"
        assert request.query["liveChatId"] == "chat-1"
        assert request.query["part"] == "id,snippet,authorDetails"
        return self.pages.pop(0) if self.pages else refused(403, "liveChatEnded")

    @property
    def tokens(self) -> list[str | None]:
        return [request.query.get("pageToken") for request in self.asked if "messages" in request.path]


@asynccontextmanager
async def youtube(*pages: Answer) -> AsyncIterator[tuple[Platform, YouTubeSource]]:
    platform = Platform(list(pages))
    async with http_server(platform.answer) as url:
        yield platform, YouTubeSource(url, VIDEO, KEY, least_wait=0.001)


async def test_the_chat_from_now_on() -> None:
    first = page(text("history"), text("more history"), token="t1")
    async with youtube(first, page(text("one"), text("two"), token="t2"), page(token="t3"), page(text("three"))) as (
        platform,
        source,
    ):
        reading = await read_all(source)
    assert [event.text for event in reading.events] == ["one", "two", "three"]
    assert platform.tokens == [None, "t1", "t2", "t3", "next"]
    assert reading.live
    assert isinstance(reading.error, SourceFailed)
    assert reading.error.final
    assert "over" in str(reading.error)


async def test_youtube_says_how_often_it_is_asked() -> None:
    async with youtube(page(), page(wait=300), page(wait=1), page(wait=None)) as (platform, source):
        reading = asyncio.create_task(read_all(source))
        await until(lambda: len(platform.asked) == 5)
        reading.cancel()
        await asyncio.wait({reading})
    times = platform.at[1:]
    assert times[2] - times[1] >= 0.29


@pytest.mark.parametrize(
    ("asked", "waited"),
    [(5000, 5.0), ("7000", 7.0), (1, 2.0), (0, 5.0), (None, 5.0), (-5, 2.0), (10**15, 60.0), ("x", 5.0)],
)
def test_the_wait_is_bounded_on_both_sides(asked: object, waited: float) -> None:
    assert YouTubeSource("http://x", VIDEO, KEY, least_wait=2.0)._wait(asked) == waited


async def test_a_lost_connection_goes_on_where_it_was_left() -> None:
    pages = (page(token="t1"), page(text("one"), token="t2"), Answer(status=503, body=b"busy"), page(text("two")))
    async with youtube(*pages) as (platform, source):
        first, second = await read_all(source), await read_all(source)
    assert [event.text for event in first.events] == ["one"]
    assert isinstance(first.error, SourceFailed)
    assert not first.error.final
    assert [event.text for event in second.events] == ["two"]
    assert platform.tokens[2:4] == ["t2", "t2"]
    assert sum("videos" in request.path for request in platform.asked) == 1


async def test_after_a_long_gap_only_what_was_paid_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(youtube_module, "_LATE", 0.05)
    paid = item(
        "superChatEvent", "p", superChatDetails={"amountMicros": "1000000", "currency": "USD", "userComment": "x"}
    )
    pages = (page(token="t1"), Answer(status=503), page(text("old"), paid), page(text("new")))
    async with youtube(*pages) as (_, source):
        await read_all(source)
        await asyncio.sleep(0.1)
        reading = await read_all(source)
    assert [event.kind for event in reading.events] == ["superchat", "chat"]


async def test_a_page_token_that_is_not_taken_is_given_up() -> None:
    async with youtube(page(token="t1"), refused(400, "pageTokenInvalid"), page(text("history"))) as (platform, source):
        await read_all(source)
        await read_all(source)
    assert platform.tokens[:3] == [None, "t1", None]


async def test_deletions_bans_and_the_end() -> None:
    deleted = item("messageDeletedEvent", messageDeletedDetails={"deletedMessageId": "yt-1"})
    banned = item("userBannedEvent", userBannedDetails={"bannedUserDetails": {"channelId": "UC-1"}})
    async with youtube(page(), page(text("bad"), deleted, banned, item("chatEndedEvent"), text("no"))) as (_, source):
        reading = await read_all(source)
    assert reading.items[1:] == [Retraction("youtube", "yt-1"), Retraction("youtube", user_id="UC-1")]
    assert isinstance(reading.items[1], Retraction)
    assert reading.items[1].covers(reading.events[0])
    assert isinstance(reading.error, SourceFailed)
    assert reading.error.final


@pytest.mark.parametrize(
    ("answer", "final", "wait", "part"),
    [
        (refused(403, "quotaExceeded"), False, 600, "quota"),
        (refused(403, "rateLimitExceeded"), False, 10, "too often"),
        (Answer({}, 429), False, 10, "too often"),
        (refused(400, "keyInvalid"), True, 0, "API key"),
        (
            Answer({"error": {"errors": [{"reason": "badRequest"}], "details": [{"reason": "API_KEY_INVALID"}]}}, 400),
            True,
            0,
            "API key",
        ),
        (refused(403, "accessNotConfigured"), True, 0, "not enabled"),
        (refused(403, "liveChatDisabled"), True, 0, "switched off"),
        (refused(404, "liveChatNotFound"), True, 0, "not there"),
        (refused(403, "forbidden"), True, 0, "let this key"),
        (refused(500, "backendError"), False, 0, "backendError"),
        (refused(400, "<script>secret text</script>"), False, 0, "(HTTP 400)"),
        (Answer(b"<html>", 502), False, 0, "(HTTP 502)"),
        (Answer(b"junk"), False, 0, "(HTTP 200)"),
        (page(token=None), False, 1, "goes on"),
    ],
)
async def test_refusals_are_told_in_plain_words(answer: Answer, final: bool, wait: float, part: str) -> None:
    async with youtube(answer) as (_, source):
        reading = await read_all(source)
    assert isinstance(reading.error, SourceFailed)
    assert reading.error.final is final
    assert reading.error.wait >= wait
    assert part in str(reading.error)
    assert KEY not in str(reading.error)


@pytest.mark.parametrize(
    ("video", "final", "part"),
    [
        ({"items": []}, True, "no such video"),
        ({"items": [{"id": VIDEO}]}, True, "no live stream"),
        (
            {"items": [{"liveStreamingDetails": {"scheduledStartTime": "2026-01-01T00:00:00Z"}}]},
            False,
            "not have begun",
        ),
        ({"items": [{"liveStreamingDetails": {"actualEndTime": "2026-01-01T00:00:00Z"}}]}, True, "over"),
        ({"items": "junk"}, True, "no such video"),
    ],
)
async def test_a_video_without_a_chat(video: dict[str, Any], final: bool, part: str) -> None:
    async with youtube() as (platform, source):
        platform.video = Answer(video)
        reading = await read_all(source)
    assert isinstance(reading.error, SourceFailed)
    assert reading.error.final is final
    assert part in str(reading.error)
    assert final or reading.error.wait >= 30


async def test_items_that_make_no_sense_are_left_out() -> None:
    async with youtube(page(), page(None, 5, [], {"snippet": 3}, text("good")), page("x")) as (_, source):
        reading = await read_all(source)
    assert [event.text for event in reading.events] == ["good"]
