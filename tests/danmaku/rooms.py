"""A room whose voice is made here: short sounds, at once, and a list of all that was said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import numpy as np

from ishowtts.danmaku.broker import News, Role
from ishowtts.danmaku.clip import Clip
from ishowtts.danmaku.event import ChatEvent, Kind, bounded
from ishowtts.danmaku.journal import Journal
from ishowtts.danmaku.policy import Policy
from ishowtts.danmaku.reading import Line
from ishowtts.danmaku.room import Room
from ishowtts.errors import SpeechError
from ishowtts.serving.cancel import CancelToken
from ishowtts.synthesis.sound import Chunk
from tests.serving.running import PATIENCE

RATE = 1000
NO_NAMES = {"names": {"say": False}}


class FakeVoice:
    """`errors` are raised one after the other, each for one line."""

    def __init__(self, seconds: float = 0.02, made_in: float = 0.0) -> None:
        self.seconds, self.made_in = seconds, made_in
        self.said: list[str] = []
        self.lines: list[Line] = []
        self.speeds: list[float] = []
        self.errors: list[SpeechError] = []
        self.ready = True

    def __call__(self, line: Line, speed: float, user: str, id: str) -> Clip:
        self.said.append(line.text)
        self.lines.append(line)
        self.speeds.append(speed)
        token = CancelToken()
        return Clip(self._sound(self.errors.pop(0) if self.errors else None, token), token)

    async def _sound(self, error: SpeechError | None, token: CancelToken) -> AsyncIterator[Chunk]:
        await asyncio.sleep(self.made_in)
        token.raise_if_cancelled()
        if error is not None:
            raise error
        yield Chunk(np.zeros(max(1, round(self.seconds * RATE)), np.float32), RATE, "text", 0, 1, 0.0)


class Listener:
    """What a subscriber of a room heard."""

    def __init__(self, room: Room, role: Role) -> None:
        self.room, self.role = room, role
        self.news: list[News] = []

    async def listen(self) -> None:
        with self.room.broker.subscribed(self.role) as subscription:
            self.room.stage.wake()
            async for news in subscription:
                self.news.append(news)

    def all(self, *names: str) -> list[dict[str, Any]]:
        return [news.data for news in self.news if news.name in names]

    @property
    def played(self) -> list[str]:
        """Captions."""
        return [str(data["caption"]) for data in self.all("play")]


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.002)


def chat(text: str, name: str = "Ann", kind: Kind = "chat", **more: Any) -> ChatEvent:
    return bounded(more.pop("source", "test"), kind, name, user_id=name.lower(), text=text, **more)


def paid(text: str, name: str = "Pat", **more: Any) -> ChatEvent:
    return chat(text, name, "superchat", amount=5, currency="USD", **more)


@asynccontextmanager
async def reading(
    policy: dict[str, Any] | None = None,
    voice: FakeVoice | None = None,
    journal: Journal | None = None,
    clock: Callable[[], float] | None = None,
) -> AsyncIterator[tuple[Room, FakeVoice]]:
    """A room that runs; nobody listens yet."""
    voice = voice or FakeVoice()
    made = Policy.model_validate({**NO_NAMES, **(policy or {})})
    room = Room("main", made, voice, journal=journal, **({"clock": clock} if clock else {}))
    running = asyncio.create_task(room.run())
    try:
        yield room, voice
    finally:
        running.cancel()
        await asyncio.wait({running})


@asynccontextmanager
async def listener(room: Room, role: Role = "player") -> AsyncIterator[Listener]:
    """Somebody who listens."""
    before = len(room.broker)
    heard = Listener(room, role)
    listening = asyncio.create_task(heard.listen())
    await until(lambda: len(room.broker) > before)
    try:
        yield heard
    finally:
        listening.cancel()
        await asyncio.wait({listening})
