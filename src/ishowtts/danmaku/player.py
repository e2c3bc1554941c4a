"""One message after the other, on the server's clock.

The next one starts when it is ready and the one before has been heard: start(n+1) = max(ready(n+1), start(n) +
duration(n) + gap) + lead; the lead is there so that all players have its first sound when it starts. No listener's word
is waited for, so that none can jam the queue. While one is heard the next is made, and nothing is made while nobody
would hear it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Generic, Literal, Protocol, TypeVar

from ishowtts.danmaku.clip import Clip
from ishowtts.errors import DeadlineExceeded, SpeechError

GAP = 0.1
LEAD = 0.2
"""Seconds; of silence between two messages they are together."""

SLOWEST = 4.0
"""Times its expected length that a message may take to be made before it is given up."""

PATIENCE = 10.0
"""Seconds that any message may take, however short."""

T = TypeVar("T")

Ending = Literal["done", "stopped"]


class Program(Protocol[T]):
    """What the player plays, and who is told of it. All calls come from the player's task."""

    def next(self) -> T | None:
        """The next to be made; None while there is none, or none is wanted."""
        ...

    def make(self, item: T) -> Clip: ...

    def expected(self, item: T) -> float:
        """Seconds of sound, about."""
        ...

    async def claim(self, item: T) -> bool:
        """Asked right before it would be heard; if False, the program has seen to it and to its clip."""
        ...

    def on_play(self, item: T, clip: Clip) -> None: ...

    def on_end(self, item: T, clip: Clip, how: Ending) -> None: ...

    def on_failure(self, item: T, error: SpeechError) -> None: ...


class Player(Generic[T]):
    """Runs a program until it is cancelled. `wake` it when something came, or a stop was lifted."""

    def __init__(
        self,
        program: Program[T],
        gap: float = GAP,
        lead: float = LEAD,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.playing: T | None = None
        self.started_at = 0.0
        """On `clock`; of what is playing. A little ahead when it is announced."""
        self._program = program
        self._gap, self._lead = gap, lead
        self._clock = clock
        self._free_at = 0.0
        self._wake = asyncio.Event()
        self._stop = asyncio.Event()
        self._unheard: set[Clip] = set()
        """Begun, and neither heard to the end nor given up: two at most."""

    def wake(self) -> None:
        self._wake.set()

    def stop(self) -> bool:
        """End what is playing, now; False if nothing is."""
        if self.playing is None:
            return False
        self._stop.set()
        return True

    async def run(self) -> None:
        making: tuple[T, Clip] | None = None
        try:
            while True:
                making = making or self._begin()
                if making is None:
                    await self._wake.wait()
                    self._wake.clear()
                    continue
                (item, clip), making = making, None
                if await self._is_ready(item, clip):
                    await self._until(self._free_at)
                    if await self._program.claim(item):
                        making = await self._play(item, clip)
                self._unheard.discard(clip)
        finally:
            for clip in self._unheard:
                clip.discard("the room is closed")

    def _begin(self) -> tuple[T, Clip] | None:
        item = self._program.next()
        if item is None:
            return None
        clip = self._program.make(item)
        self._unheard.add(clip)
        return item, clip

    async def _is_ready(self, item: T, clip: Clip) -> bool:
        try:
            async with asyncio.timeout(max(PATIENCE, SLOWEST * self._program.expected(item))):
                await clip.first()
        except TimeoutError:
            clip.discard("it took too long")
            self._program.on_failure(item, DeadlineExceeded("The message took too long to be made."))
            return False
        except SpeechError as error:
            self._program.on_failure(item, error)
            return False
        return True

    async def _play(self, item: T, clip: Clip) -> tuple[T, Clip] | None:
        """Until it was heard; what was begun meanwhile is the next."""
        self.playing, self.started_at = item, self._clock() + self._lead
        self._stop.clear()
        ahead: tuple[T, Clip] | None = None
        how: Ending = "stopped"
        self._program.on_play(item, clip)
        over = asyncio.create_task(self._heard(clip))
        try:
            while not over.done() and not self._stop.is_set():
                if ahead is not None and ahead[1].ended and not ahead[1].chunks:  # taken away: another can be made
                    await self._is_ready(*ahead)
                    self._unheard.discard(ahead[1])
                    ahead = None
                ahead = ahead or self._begin()
                await self._any(over)
            how = "stopped" if self._stop.is_set() else "done"
        finally:
            over.cancel()
            self.playing = None
            self._free_at = self._clock() + self._gap
            if how == "stopped":
                clip.discard("it was stopped")
            self._program.on_end(item, clip, how)
        return ahead

    async def _heard(self, clip: Clip) -> None:
        """Until all of it is there and its time is over. One that is made too slowly is heard later, not cut off."""
        await clip.end()
        await self._until(self.started_at + clip.duration)

    async def _until(self, at: float) -> None:
        await asyncio.sleep(max(0.0, at - self._clock()))

    async def _any(self, over: asyncio.Task[None]) -> None:
        """Until it is over, or stopped, or there is news."""
        waits = [asyncio.create_task(event.wait()) for event in (self._stop, self._wake)]
        try:
            await asyncio.wait([over, *waits], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
            self._wake.clear()
