"""What was wrong in the first iShowTTS, one test each, from a chat of Twitch to what is heard.

Those of the connection to a platform alone are in `sources/`, under names with `defect` too; those of its page and its
routes in `tests/api/test_original_stream.py`.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from ishowtts.danmaku import player as player_module
from ishowtts.danmaku.event import MOST_TEXT
from ishowtts.danmaku.heard import MOST_KEPT
from ishowtts.danmaku.room import Room
from ishowtts.danmaku.sources.backoff import Backoff
from ishowtts.danmaku.sources.supervisor import Supervisor
from ishowtts.settings.chat_sources import TwitchChat
from tests.danmaku.clock import Clock
from tests.danmaku.rooms import NO_NAMES, FakeVoice, Listener, chat, listener, reading, until
from tests.danmaku.sources.fake_twitch import FakeTwitch, fake_twitch
from tests.danmaku.test_room import all_accounted

pytestmark = pytest.mark.anyio

ANY_PACE = {"pace": {"user_per_minute": 0, "same_user_seconds": 0, "same_text_seconds": 0}}
CHAT = "twitch-somebody"


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(player_module.Player.__init__, "__defaults__", (0.005, 0.005, time.monotonic))


@dataclass
class Stream:
    """A channel, the room that reads it, and what it says."""

    twitch: FakeTwitch
    sources: Supervisor
    room: Room
    voice: FakeVoice

    def received(self) -> int:
        return int(self.sources.status(CHAT)[0]["received"])


@asynccontextmanager
async def streaming(
    policy: dict[str, Any] | None = None, voice: FakeVoice | None = None, clock: Callable[[], float] | None = None
) -> AsyncIterator[Stream]:
    async with fake_twitch() as twitch, reading({**ANY_PACE, **(policy or {})}, voice, clock=clock) as (room, said):
        sources = Supervisor(room.take, backoff=lambda: Backoff(least=0.01, most=0.02))
        sources.add(TwitchChat(type="twitch", channel="somebody", base_url=twitch.url))
        try:
            await twitch.joined("somebody")
            yield Stream(twitch, sources, room, said)
        finally:
            await sources.close()


async def heard(page: Listener, *captions: str) -> None:
    await until(lambda: len(page.played) >= len(captions))
    assert page.played == list(captions)


async def test_defect_a_long_chinese_message_crashed_the_channel() -> None:
    """`String::truncate(280)` on bytes: anybody could end the reading of a channel with 94 characters."""
    async with streaming() as on, listener(on.room) as page:
        for n, text in enumerate(["弹" * 93, "弹幕" * 47, "a" + "字" * 3000, "👨‍👩‍👧" * 400, "\u0301" * 500]):
            await on.twitch.say(f"u{n}", text)
        await on.twitch.say("Ann", "after it all")
        await until(lambda: "after it all" in page.played)
        assert on.twitch.entered == ["somebody"]  # the same connection
        assert all(len(line) <= MOST_TEXT for line in on.voice.said)
        assert on.voice.said[0] == "弹弹弹"
        all_accounted(on.room)


async def test_defect_the_rate_limit_slept_in_the_read_loop() -> None:
    """A fast chat was read ever later, and the platform's PING not answered in time."""
    async with streaming(voice=FakeVoice(seconds=60)) as on, listener(on.room) as page:
        for n in range(200):
            await on.twitch.say(f"u{n}", f"message number {n}")
        await on.twitch.ping()
        await until(lambda: on.twitch.pongs == 1 and on.received() == 200)
        await until(lambda: page.played)
        assert len(page.played) == 1  # and takes a minute
        all_accounted(on.room)


async def test_defect_a_full_queue_blocked_and_nothing_was_ever_given_up() -> None:
    async with streaming() as on:
        for n in range(100):
            await on.twitch.say(f"u{n}", f"message number {n}")
        await until(lambda: on.received() == 100)
        waiting = [message["caption"] for message in on.room.stage.queue()]
        assert waiting == [f"message number {n}" for n in range(70, 100)]
        assert on.room.record.tally.reasons == {"evicted": 70}
        all_accounted(on.room)


async def test_defect_priorities_were_parsed_and_never_read() -> None:
    async with streaming() as on:
        await on.twitch.say("Ann", "only chat")
        await on.twitch.say("Sue", "a member", badges="subscriber/6")
        await on.twitch.say("Mod", "a moderator", badges="moderator/1", mod="1")
        await on.twitch.say("Pat", "Cheer100 well paid", bits="100")
        await until(lambda: on.received() == 4)
        async with listener(on.room) as page:
            await heard(page, "well paid", "a member", "a moderator", "only chat")


async def test_defect_every_newcomer_was_sent_the_whole_history() -> None:
    """And it was kept for ever: 173 MB for an hour of speech."""
    async with streaming() as on, listener(on.room) as page:
        for n in range(MOST_KEPT + 8):
            await on.twitch.say(f"u{n}", f"message number {n}")
            await until(lambda n=n: len(page.all("done")) == n + 1)  # type: ignore[misc]
        ids = [data["id"] for data in page.all("play")]
        assert sum(on.room.stage.clip(id) is not None for id in ids) == MOST_KEPT
        async with listener(on.room) as newcomer:
            await on.twitch.say("Ann", "now")
            await heard(newcomer, "now")
            assert newcomer.news[0].name == "state"


async def test_defect_each_message_cut_off_the_one_before() -> None:
    async with streaming(voice=FakeVoice(seconds=0.08)) as on, listener(on.room) as page:
        for n in range(4):
            await on.twitch.say(f"u{n}", f"message number {n}")
        await until(lambda: len(page.all("done")) == 4)
        starts = [data["start_at_ms"] for data in page.all("play")]
        ends = [start + done["duration_ms"] for start, done in zip(starts, page.all("done"), strict=True)]
        assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))
        assert not page.all("stop")
        names = [news.name for news in page.news if news.name in ("play", "done")]
        assert names == ["play", "done"] * 4


async def test_defect_chinese_was_said_in_an_english_sentence() -> None:
    async with streaming({"names": {"say": True}}) as on, listener(on.room):
        await on.twitch.say("小明", "主播你好")
        await on.twitch.say("Ann", "hello there")
        await until(lambda: len(on.voice.said) == 2)
        assert on.voice.said == ["小明说：主播你好", "Ann says: hello there"]


async def test_defect_names_were_not_filtered_though_they_are_spoken() -> None:
    policy = {"names": {"say": True}, "words": {"blocked": ["vileword"]}}
    async with streaming(policy) as on, listener(on.room) as page:
        await on.twitch.say("vileword", "hello there")
        await heard(page, "hello there")
        assert on.voice.said == ["Someone says: hello there"]
        assert [(data["user"], data["user_id"]) for data in page.all("play")] == [("", "")]


async def test_defect_a_connection_that_was_lost_stayed_lost_though_it_said_retrying() -> None:
    async with streaming() as on, listener(on.room) as page:
        for n, lose in enumerate([on.twitch.hang_up, on.twitch.ask_to_reconnect]):
            gone = lose()
            if gone is not None:
                await gone
            await until(lambda n=n: len(on.twitch.entered) == n + 2 and on.twitch.here)  # type: ignore[misc]
            await on.twitch.say("Ann", f"back again {n}")
            await until(lambda n=n: len(page.played) == n + 1)  # type: ignore[misc]
        assert page.played == ["back again 0", "back again 1"]


@pytest.mark.parametrize("how", ["message", "user", "everything"])
async def test_defect_what_moderators_deleted_was_read_all_the_same(how: str) -> None:
    async with streaming(voice=FakeVoice(seconds=30)) as on, listener(on.room) as page:
        first = await on.twitch.say("Bad", "slander that plays")
        await heard(page, "slander that plays")
        second = await on.twitch.say("Bad", "slander that waits")
        await on.twitch.say("Good", "something kind")
        await until(lambda: on.room.record.tally.received == 3)
        match how:
            case "message":
                await on.twitch.delete(second)
                await on.twitch.delete(first)
            case "user":
                await on.twitch.ban("Bad")
            case _:
                await on.twitch.clear()
        if how == "everything":
            await until(lambda: on.room.record.tally.open == 0)
            assert page.played == ["slander that plays"]
        else:
            await heard(page, "slander that plays", "something kind")
        ids = [id for data in page.all("retracted") for id in data["ids"]]
        assert page.all("play")[0]["id"] in ids
        assert [data["reason"] for data in page.all("stop")] == ["retracted"]
        all_accounted(on.room)


async def test_defect_a_smiley_lost_its_colon() -> None:
    async with streaming() as on, listener(on.room) as page:
        await on.twitch.say("Ann", ":) hello")
        await on.twitch.say("Bob", "so :) it is :D")
        await heard(page, ":) hello", "so :) it is :D")


async def test_defect_a_colour_of_the_chat_went_unchecked_into_the_page() -> None:
    async with streaming() as on, listener(on.room) as page:
        await on.twitch.say("Eve", "hello", color="red\\:url(//evil.example)")
        await on.twitch.say("Ann", "hello there", color="#1E90FF")
        await heard(page, "hello", "hello there")
        assert [data["color"] for data in page.all("play")] == ["", "#1e90ff"]


async def test_defect_two_starts_left_a_watcher_behind() -> None:
    async with streaming() as on, listener(on.room) as page:
        for _ in range(5):
            on.sources.start(CHAT)
        await on.twitch.say("Ann", "heard once")
        await on.twitch.say("Bob", "and this too")
        await heard(page, "heard once", "and this too")
        assert on.twitch.entered == ["somebody"]
        await on.sources.stop(CHAT)
        await until(lambda: not on.twitch.here)


async def test_defect_what_waited_before_a_stop_was_read_after_a_restart() -> None:
    clock = Clock()
    async with streaming(clock=clock) as on:
        await on.twitch.say("Ann", "long ago")
        await until(lambda: on.received() == 1)
        await on.sources.stop(CHAT)
        await until(lambda: not on.twitch.here)
        clock.now += 31
        on.sources.start(CHAT)
        await on.twitch.joined("somebody")
        await on.twitch.say("Bob", "just now")
        await until(lambda: on.received() == 1)
        async with listener(on.room) as page:
            await heard(page, "just now")
        assert on.room.record.tally.reasons["stale"] == 1


async def test_defect_one_slow_channel_held_up_all_others() -> None:
    async with streaming(voice=FakeVoice(made_in=60)) as on, listener(on.room):
        await on.twitch.say("Ann", "this one takes a minute to make")
        await until(lambda: on.voice.said)
        async with reading(NO_NAMES) as (other, _), listener(other) as page:
            other.take(chat("hello"))
            await until(lambda: page.played == ["hello"])
