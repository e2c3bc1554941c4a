"""Send a made-up chat to a room as it comes, and wait until the room has done with it."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from ishowtts.bench.livechat.crowd import Act
from ishowtts.bench.livechat.ledger import Ledger
from ishowtts.bench.livechat.pages import Pages
from ishowtts.errors import SpeechError

MOST_ITEMS = 50
PAUSE = 0.05
"""Seconds between two requests; what is due meanwhile goes together."""
TELL_SECONDS = 5.0
SHARP = 0.06
"""Share of messages that a quick moderator deletes while they are made or have just begun."""
SHARP_SECONDS = 8.0
CONNECT_SECONDS = 30.0
LAST_EVENTS = 0.5
"""Seconds that they may be on their way."""

Tell = Callable[[str], None]


@dataclass
class Run:
    """What a run left behind; times are seconds of it, `before` and `after` what /danmaku/stats said."""

    ledger: Ledger = field(default_factory=Ledger)
    chat_over: float = 0.0
    over: float = 0.0
    drained: bool = False
    interrupted: bool = False
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    still_there: int = 0
    """Deleted messages whose sound could still be fetched in the end."""
    deleted_heard: int = 0
    """Of so many of them something had been heard before."""


class Replay:
    """One stream. `speed` is how many of its seconds pass in a second; speech takes the time it takes."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        acts: Sequence[Act],
        speed: float,
        run: Run,
        *,
        room: str = "main",
        seed: int = 0,
        tell: Tell = lambda line: None,
    ) -> None:
        """`run` is filled."""
        self.run = run
        self._client, self._acts, self._speed, self._room, self._tell = client, acts, speed, room, tell
        self._chance = random.Random(seed + 1)  # noqa: S311 - a benchmark
        self._began = time.perf_counter()
        self._pages = Pages(client, room, self.run.ledger, self._now)
        self._pages.on_making = self._maybe_delete
        self._sharp: set[asyncio.Task[None]] = set()

    async def play(self, patience: float) -> None:
        """All of it; then until nothing is open, for `patience` seconds. Raises `SpeechError` where nobody listens."""
        listening = asyncio.create_task(self._pages.run())
        telling = asyncio.create_task(self._telling())
        working = asyncio.create_task(self._work(patience))
        try:
            await asyncio.wait({listening, working}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                raise _cause(listening.exception(), self._room)
            working.result()
        except asyncio.CancelledError:
            self.run.interrupted = True
            self.run.chat_over, self.run.over = self.run.chat_over or self._now(), self._now()
            raise
        finally:
            ended = (telling, listening, working, *self._sharp)
            for task in ended:
                task.cancel()
            await asyncio.gather(*ended, return_exceptions=True)

    async def _work(self, patience: float) -> None:
        run = self.run
        await self._connected()
        run.before = await self._stats()
        self._began = time.perf_counter()
        await self._send()
        run.chat_over = self._now()
        run.drained = await self._drained(patience)
        await asyncio.sleep(LAST_EVENTS)
        await self._pages.fetched()
        run.over = self._now()
        await self._pages.catch_up()
        run.after = await self._stats()
        await self._fetch_deleted()

    def _now(self) -> float:
        return time.perf_counter() - self._began

    async def _connected(self) -> None:
        try:
            await asyncio.wait_for(self._pages.connected.wait(), CONNECT_SECONDS)
        except TimeoutError:
            faults = ", ".join(sorted(set(self.run.ledger.faults))) or "no answer"
            raise SpeechError(f"the pages cannot listen to room {self._room}: {faults}") from None

    async def _stats(self) -> dict[str, Any]:
        try:
            answer = await self._client.get("/danmaku/stats", params={"room": self._room})
            told: dict[str, Any] = answer.raise_for_status().json()
            return told
        except httpx.HTTPError as error:
            self.run.ledger.faults.append(f"stats: {type(error).__name__}")
            return {}

    async def _send(self) -> None:
        """In order, each act when it is due; messages that are due at once go together."""
        index = 0
        while index < len(self._acts):
            due = self._acts[index].at / self._speed
            await asyncio.sleep(max(due - self._now(), 0.0))
            now = self._now()
            self.run.ledger.late = max(self.run.ledger.late, now - due)
            batch = [self._acts[index]]
            while batch[0].kind == "say" and len(batch) < MOST_ITEMS:
                after = self._acts[index + len(batch)] if index + len(batch) < len(self._acts) else None
                if after is None or after.kind != "say" or after.at / self._speed > now:
                    break
                batch.append(after)
            index += len(batch)
            await (self._say(batch) if batch[0].kind == "say" else self._take_back(batch[0]))
            await asyncio.sleep(PAUSE)

    async def _say(self, batch: Sequence[Act]) -> None:
        sent = self._now()
        answer = await self._post("/danmaku", [act.body for act in batch])
        if answer is None:
            return
        answered = self._now()
        for act, receipt in zip(batch, answer["items"], strict=True):
            self.run.ledger.add(act, sent, answered, receipt)

    async def _take_back(self, act: Act) -> None:
        if await self._post("/danmaku/retract", act.body) is not None:
            self.run.ledger.took_back(act, self._now())

    def _maybe_delete(self, id: str) -> None:
        if self._chance.random() >= SHARP:
            return
        task = asyncio.create_task(self._delete_soon(id, SHARP_SECONDS * self._chance.random()))
        self._sharp.add(task)
        task.add_done_callback(self._sharp.discard)

    async def _delete_soon(self, id: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        said = self.run.ledger.by_id(id)
        if said is not None:
            body = {key: said.body[key] for key in ("source", "message_id")}
            await self._take_back(Act(said.act.at, -1, "delete", "sharp", body))

    async def _post(self, path: str, body: object) -> Any | None:
        try:
            # As ASCII: half a character can be written so, and chats have some.
            content, headers = json.dumps(body), {"content-type": "application/json"}
            answer = await self._client.post(path, params={"room": self._room}, content=content, headers=headers)
            return answer.raise_for_status().json()
        except httpx.HTTPStatusError as error:
            self.run.ledger.faults.append(f"{path}: {error.response.status_code}")
        except httpx.HTTPError as error:
            self.run.ledger.faults.append(f"{path}: {type(error).__name__}")
        return None

    async def _drained(self, patience: float) -> bool:
        end = time.perf_counter() + patience
        while time.perf_counter() < end:
            stats = await self._stats()
            if stats and not stats["open"] and not self._sharp:
                return True
            await asyncio.sleep(0.5)
        return False

    async def _fetch_deleted(self) -> None:
        for said in self.run.ledger.said:
            if said.taken_back is not None and said.id in self.run.ledger.sounds and said.status == "queued":
                self.run.deleted_heard += 1
                self.run.still_there += not await self._pages.is_gone(said.id)

    async def _telling(self) -> None:
        while True:
            await asyncio.sleep(TELL_SECONDS)
            ledger = self.run.ledger
            now, look = self._now(), ledger.looks[-1] if ledger.looks else None
            part = "chat" if not self.run.chat_over else "the rest of the queue"
            self._tell(
                f"{now:.0f} s: {part}, {len(ledger.said)} of {sum(act.kind == 'say' for act in self._acts)} sent, "
                f"{len(ledger.sounds)} spoken, {look.waiting if look else 0} waiting"
            )


def _cause(error: BaseException | None, room: str) -> SpeechError:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error if isinstance(error, SpeechError) else SpeechError(f"the pages of room {room} broke off: {error!r}")
