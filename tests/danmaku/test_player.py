from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import numpy as np
import pytest

from ishowtts.danmaku import player as player_module
from ishowtts.danmaku.clip import Clip
from ishowtts.danmaku.player import Ending, Player
from ishowtts.errors import Cancelled, DeadlineExceeded, SpeechError, SynthesisFailed
from ishowtts.serving.cancel import CancelToken
from ishowtts.synthesis.sound import Chunk
from tests.serving.running import PATIENCE

pytestmark = pytest.mark.anyio

RATE = 1000


def chunk(seconds: float, index: int = 0, of: int = 1) -> Chunk:
    return Chunk(np.zeros(round(seconds * RATE), np.float32), RATE, "text", index, of, 0.0)


@dataclass
class Item:
    name: str
    seconds: float = 0.05
    made_in: float = 0.0
    pieces: int = 1
    error: SpeechError | None = None
    token: CancelToken = field(default_factory=CancelToken)

    async def sound(self) -> AsyncIterator[Chunk]:
        for index in range(self.pieces):
            await asyncio.sleep(self.made_in)
            self.token.raise_if_cancelled()
            if self.error is not None:
                raise self.error
            yield chunk(self.seconds / self.pieces, index, self.pieces)


class Programme:
    """A list of items, and a diary of what became of them."""

    def __init__(self, *items: Item) -> None:
        self.items = list(items)
        self.open = True
        self.diary: list[str] = []
        self.times: dict[str, tuple[float, float]] = {}
        self.clips: dict[str, Clip] = {}
        self.unwanted: set[str] = set()

    def next(self) -> Item | None:
        return self.items.pop(0) if self.items and self.open else None

    def make(self, item: Item) -> Clip:
        self.diary.append(f"make {item.name}")
        self.clips[item.name] = Clip(item.sound(), item.token)
        return self.clips[item.name]

    def expected(self, item: Item) -> float:
        return item.seconds

    async def claim(self, item: Item) -> bool:
        return item.name not in self.unwanted

    def on_play(self, item: Item, clip: Clip) -> None:
        assert clip.chunks
        self.diary.append(f"play {item.name}")
        self.times[item.name] = (time.monotonic(), 0.0)

    def on_end(self, item: Item, clip: Clip, how: Ending) -> None:
        self.diary.append(f"{how} {item.name}")
        self.times[item.name] = (self.times[item.name][0], time.monotonic())

    def on_failure(self, item: Item, error: SpeechError) -> None:
        self.diary.append(f"failed {item.name} {error.code}")

    async def until(self, entry: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while entry not in self.diary:  # noqa: ASYNC110
                await asyncio.sleep(0.002)


@asynccontextmanager
async def played(programme: Programme, gap: float = 0.01) -> AsyncIterator[Player[Item]]:
    player = Player(programme, gap)
    task = asyncio.create_task(player.run())
    try:
        yield player
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_messages_are_heard_one_after_the_other_and_the_next_is_made_meanwhile() -> None:
    programme = Programme(Item("a"), Item("b"), Item("c"))
    async with played(programme):
        await programme.until("done c")
    heard = [entry for entry in programme.diary if not entry.startswith("make")]
    assert heard == ["play a", "done a", "play b", "done b", "play c", "done c"]
    assert programme.diary.index("make b") < programme.diary.index("done a")
    assert programme.diary.index("make c") > programme.diary.index("play b"), "and no more than the next"
    for one, two in ("ab", "bc"):
        assert programme.times[two][0] >= programme.times[one][0] + 0.05 + 0.01 - 1e-3


async def test_what_comes_later_wakes_the_player_and_nothing_is_made_while_closed() -> None:
    programme = Programme()
    async with played(programme) as player:
        await asyncio.sleep(0.01)
        programme.open = False
        programme.items.append(Item("a"))
        player.wake()
        await asyncio.sleep(0.02)
        assert programme.diary == []
        programme.open = True
        player.wake()
        await programme.until("done a")
        assert player.playing is None


async def test_a_stop_ends_what_plays_at_once_and_its_work_and_the_next_follows() -> None:
    programme = Programme(Item("a", seconds=60.0, pieces=3, made_in=0.01), Item("b"))
    async with played(programme) as player:
        assert not player.stop()
        await programme.until("play a")
        assert player.playing is not None
        assert player.playing.name == "a"
        assert player.stop()
        await programme.until("done b")
    assert programme.diary[-3:] == ["stopped a", "play b", "done b"]
    assert programme.clips["a"].nbytes == 0
    with pytest.raises(Cancelled):
        await anext(programme.clips["a"].follow())


async def test_failures_are_told_and_the_queue_goes_on() -> None:
    """The earlier system's queue stood still for good after one failed text."""
    failing = Item("b", error=SynthesisFailed("no sound"))
    programme = Programme(Item("a"), failing, Item("c"))
    async with played(programme):
        await programme.until("done c")
    assert "failed b synthesis_failed" in programme.diary
    assert "play b" not in programme.diary


async def test_one_that_is_never_made_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(player_module, "PATIENCE", 0.1)
    stuck = Item("a", seconds=0.01, made_in=3600)
    programme = Programme(stuck, Item("b"))
    async with played(programme):
        await programme.until("done b")
    assert f"failed a {DeadlineExceeded.code}" in programme.diary
    assert stuck.token.cancelled


async def test_what_is_made_too_slowly_is_heard_to_its_end() -> None:
    """The earlier system's page cut the last message off when the next one came."""
    programme = Programme(Item("slow", seconds=0.03, pieces=3, made_in=0.05), Item("b"))
    async with played(programme):
        await programme.until("done b")
    began, ended = programme.times["slow"]
    assert programme.clips["slow"].ended
    assert ended - began >= 0.09
    assert "done slow" in programme.diary


async def test_what_is_not_wanted_any_more_is_not_heard() -> None:
    programme = Programme(Item("a"), Item("b"), Item("c"))
    programme.unwanted.add("b")
    async with played(programme):
        await programme.until("done c")
    assert "play b" not in programme.diary


async def test_when_the_room_closes_all_work_stops() -> None:
    playing, ahead = Item("a", seconds=60.0), Item("b", made_in=3600)
    programme = Programme(playing, ahead)
    async with played(programme):
        await programme.until("make b")
    assert playing.token.cancelled
    assert ahead.token.cancelled


async def test_a_clip_is_followed_by_many_from_its_start_while_it_is_made() -> None:
    item = Item("a", seconds=0.3, pieces=3, made_in=0.01)
    clip = Clip(item.sound(), item.token)

    async def follow(after: float) -> list[int]:
        await asyncio.sleep(after)
        return [each.index for each in [each async for each in clip.follow()]]

    async with asyncio.timeout(PATIENCE):
        assert await asyncio.gather(follow(0), follow(0.015), follow(0.1)) == [[0, 1, 2]] * 3
    assert clip.duration == pytest.approx(0.3)


async def test_when_the_next_is_taken_away_another_is_made_while_one_is_still_heard() -> None:
    programme = Programme(Item("a", seconds=PATIENCE), Item("b"), Item("c"))
    async with played(programme) as player:
        await programme.until("make b")
        programme.unwanted.add("b")
        programme.clips["b"].discard("it was taken back")
        player.wake()
        await programme.until("make c")
        assert "play a" in programme.diary
        assert "done a" not in programme.diary
        player.stop()
        await programme.until("done c")
        assert "play b" not in programme.diary
