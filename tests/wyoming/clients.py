"""The app with its Wyoming port open, and clients of it: the real one, and one that sends bytes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.error import Error
from wyoming.event import Event, Eventable
from wyoming.tts import Synthesize, SynthesizeChunk, SynthesizeStart, SynthesizeStop, SynthesizeStopped, SynthesizeVoice

from ishowtts.serving.process import EngineFactory
from tests.api.server import Served, serving
from tests.serving.running import PATIENCE


@asynccontextmanager
async def wyoming(
    folder: Path, factory: EngineFactory | None = None, *, wait: bool = True, **sections: dict[str, Any]
) -> AsyncIterator[Served]:
    sections["wyoming"] = {"enabled": True, "port": 0, **sections.get("wyoming", {})}
    async with serving(folder, factory, wait=wait, **sections) as served:
        yield served


def port_of(served: Served) -> int:
    return int(served.app.state.wyoming.port)


def connect(served: Served) -> AsyncTcpClient:
    return AsyncTcpClient("127.0.0.1", port_of(served), connect_timeout=PATIENCE, read_timeout=PATIENCE)


@dataclass
class Heard:
    """What came back, up to the end of the speech or of the connection."""

    types: list[str] = field(default_factory=list)
    chunks: list[AudioChunk] = field(default_factory=list)
    start: AudioStart | None = None
    stop: AudioStop | None = None
    error: Error | None = None
    closed: bool = False

    @property
    def pcm(self) -> np.ndarray:
        return np.frombuffer(b"".join(chunk.audio for chunk in self.chunks), "<i2")

    @property
    def shape(self) -> list[str]:
        """Types in order, with a run of chunks as one."""
        return [kind for i, kind in enumerate(self.types) if i == 0 or self.types[i - 1] != kind]


async def listen(client: AsyncTcpClient, until: type[Eventable] = AudioStop) -> Heard:
    heard = Heard()
    while (event := await client.read_event()) is not None:
        heard.types.append(event.type)
        if AudioStart.is_type(event.type):
            heard.start = AudioStart.from_event(event)
        elif AudioChunk.is_type(event.type):
            heard.chunks.append(AudioChunk.from_event(event))
        elif AudioStop.is_type(event.type):
            heard.stop = AudioStop.from_event(event)
        elif Error.is_type(event.type):
            heard.error = Error.from_event(event)
        if until.is_type(event.type):
            return heard
    heard.closed = True
    return heard


async def say(served: Served, text: str, voice: SynthesizeVoice | None = None, **more: Any) -> Heard:
    async with connect(served) as client:
        await client.write_event(Synthesize(text, voice, **more).event())
        return await listen(client)


async def say_stream(served: Served, pieces: list[str], voice: SynthesizeVoice | None = None) -> Heard:
    """As Home Assistant does it: the pieces, the whole text once more for old servers, the end."""
    async with connect(served) as client:
        await client.write_event(SynthesizeStart(voice).event())
        for piece in pieces:
            await client.write_event(SynthesizeChunk(piece).event())
        await client.write_event(Synthesize("".join(pieces), voice).event())
        await client.write_event(SynthesizeStop().event())
        return await listen(client, SynthesizeStopped)


async def send_raw(served: Served, data: bytes) -> list[dict[str, Any]]:
    """The headers and data of all that is answered to these bytes until the server closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(served))
    try:
        async with asyncio.timeout(PATIENCE):
            writer.write(data)
            answer = await _read_to_end(reader)
    finally:
        writer.close()
    return answer


async def _read_to_end(reader: asyncio.StreamReader) -> list[dict[str, Any]]:
    events = []
    while line := await reader.readline():
        event = json.loads(line)
        event["data"] = json.loads(await reader.readexactly(event.get("data_length", 0)) or "{}")
        await reader.readexactly(event.get("payload_length", 0))
        events.append(event)
    return events


def line(type: str, **data: Any) -> bytes:
    return json.dumps({"type": type, "data": data}).encode() + b"\n"


__all__ = ["Event", "Heard", "connect", "line", "listen", "port_of", "say", "say_stream", "send_raw", "wyoming"]
