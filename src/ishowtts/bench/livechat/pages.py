"""The pages of a made-up stream: a player that fetches every sound, and a studio that hears what became of messages."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable
from typing import Any

import httpx
from httpx_sse import ServerSentEvent, SSEError, aconnect_sse

from ishowtts.bench.livechat.ledger import End, Ledger, Look, Sound
from ishowtts.errors import SpeechError

log = logging.getLogger(__name__)

HISTORY = 1000
LOOK_SECONDS = 1.0
SOUND_SECONDS = 60.0
"""That fetching one sound may take."""
BYTES_PER_SAMPLE = 2
USUAL_RATE = 24_000
Clock = Callable[[], float]


class Pages:
    """Listen with `run` until it is cancelled; all that is heard goes into the ledger.

    `run` raises `SpeechError` (in a group) where the key or the room is not the right one.
    """

    def __init__(self, client: httpx.AsyncClient, room: str, ledger: Ledger, clock: Clock) -> None:
        self.connected = asyncio.Event()
        """Both pages are there."""
        self.on_making: Callable[[str], None] = lambda id: None
        self._client, self._room, self._ledger, self._clock = client, room, ledger, clock
        self._fetching: set[asyncio.Task[None]] = set()
        self._open: set[str] = set()

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for role in ("player", "studio"):
                    group.create_task(self._listen(role))
                group.create_task(self._look())
        finally:
            for task in self._fetching:
                task.cancel()

    async def catch_up(self) -> None:
        """What became of the last messages, where an event was missed."""
        try:
            answer = await self._client.get("/danmaku/history", params={"room": self._room, "limit": HISTORY})
            for line in answer.raise_for_status().json()["items"]:
                self._ledger.end(line["id"], End(line["outcome"], line["reason"], line.get("into", "")))
        except httpx.HTTPError as error:
            self._ledger.faults.append(f"history: {_why(error)}")

    async def fetched(self) -> None:
        """Until every sound that was announced is here."""
        if self._fetching:
            await asyncio.wait(self._fetching)

    async def is_gone(self, id: str) -> bool:
        """Whether the sound of a message can no longer be fetched."""
        answer = await self._client.get(f"/danmaku/audio/{id}", params={"format": "pcm"})
        return answer.status_code == 404

    async def _listen(self, role: str) -> None:
        last_id = ""
        while True:
            headers = {"Last-Event-ID": last_id} if last_id else {}
            params = {"room": self._room, "role": role}
            try:
                async with aconnect_sse(
                    self._client, "GET", "/danmaku/stream", params=params, headers=headers, timeout=None
                ) as source:
                    source.response.raise_for_status()
                    states = 0
                    async for event in source.aiter_sse():
                        last_id = event.id or last_id
                        states += event.event == "state"
                        if event.event == "state" and states > 1:
                            self._ledger.fell_behind += 1
                            await self.catch_up()
                        self._take(role, event)
            except (httpx.HTTPError, SSEError) as error:
                why = _why(error)
                if why in ("401", "403", "404"):
                    raise SpeechError(f"no {role} may listen to room {self._room} with this key: {why}") from None
                self._ledger.faults.append(f"{role}: {why}")
            await asyncio.sleep(0.5)

    def _take(self, role: str, event: ServerSentEvent) -> None:
        if not event.data:  # a ping, which httpx-sse takes for an event
            return
        data = json.loads(event.data)
        if event.event == "state":
            self._open.add(role)
            if len(self._open) == 2:
                self.connected.set()
        elif event.event == "refused":
            self._ledger.faults.append(f"{role}: refused")
        elif role == "studio" and event.event == "over":
            self._ledger.end(data["id"], End(data["outcome"], data["reason"], data.get("into", "")))
        elif role == "player":
            self._play(event.event, data)

    def _play(self, name: str, data: dict[str, Any]) -> None:
        now = self._clock()
        match name:
            case "making":
                self.on_making(data["id"])
            case "play" if data["id"] in self._ledger.sounds:
                self._ledger.sounds[data["id"]].plays += 1
            case "play":
                starts = now + (data["start_at_ms"] - data["server_now_ms"]) / 1000
                sound = Sound(data["id"], data["rank"], starts, int(data["sample_rate"] or USUAL_RATE))
                self._ledger.sounds[sound.id] = sound
                task = asyncio.create_task(self._fetch(sound))
                self._fetching.add(task)
                task.add_done_callback(self._fetching.discard)
            case "done" | "stop" if (ended := self._ledger.sounds.get(data["id"])) is not None:
                ended.ends, ended.seconds = now, data["duration_ms"] / 1000
                ended.stopped = str(data["reason"] or "stopped") if name == "stop" else None
            case "failed":
                self._ledger.failed.append(str(data["error"]))
            case "notice":
                self._ledger.notices.append(str(data["code"]))

    async def _fetch(self, sound: Sound) -> None:
        asked = time.perf_counter()
        count = 0
        params = {"format": "pcm"}
        try:
            async with (
                asyncio.timeout(SOUND_SECONDS),
                self._client.stream("GET", f"/danmaku/audio/{sound.id}", params=params, timeout=None) as answer,
            ):
                async for piece in answer.aiter_raw():
                    if sound.fetch_first is None:
                        sound.fetch_first = time.perf_counter() - asked
                    count += len(piece) if answer.status_code == 200 else 0
        except (httpx.HTTPError, TimeoutError):
            pass  # one that is stopped breaks off; of the others `fetched` tells
        sound.fetched = count / BYTES_PER_SAMPLE / sound.sample_rate

    async def _look(self) -> None:
        while True:
            asked = self._clock()
            try:
                answer = await self._client.get("/danmaku/state", params={"room": self._room})
                told = answer.raise_for_status().json()
                took = self._clock() - asked
                self._ledger.looks.append(Look(asked, told["waiting"], told["backlog"], told["paused"], took))
            except httpx.HTTPError as error:
                self._ledger.faults.append(f"state: {_why(error)}")
            await asyncio.sleep(LOOK_SECONDS)


def _why(error: Exception) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return str(error.response.status_code)
    return type(error).__name__
