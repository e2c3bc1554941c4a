"""Home Assistant's side of a conversation with the real server and model."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import numpy as np
import pytest
from wyoming.audio import AudioChunk, AudioStart
from wyoming.client import AsyncTcpClient
from wyoming.event import Event
from wyoming.info import Describe, Info
from wyoming.tts import Synthesize, SynthesizeChunk, SynthesizeStart, SynthesizeStop

from tests.e2e.conftest import free_port, running

pytestmark = [pytest.mark.slow, pytest.mark.anyio]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    port = free_port()
    for _ in running(ISHOWTTS_WYOMING__ENABLED="true", ISHOWTTS_WYOMING__PORT=str(port)):
        yield port


async def test_it_describes_itself_and_speaks_both_languages_as_the_text_comes(port: int) -> None:
    async with AsyncTcpClient("127.0.0.1", port, read_timeout=120) as client:
        await client.write_event(Describe().event())
        info = Info.from_event(await _next(client))
        [program] = info.tts
        assert {language for voice in program.voices for language in voice.languages} == {"en", "zh"}
        assert all(voice.attribution.name for voice in program.voices)
        assert program.attribution.name == "f5-mini (MIT)"
    text = "The kitchen light is on. 客厅的灯也打开了。 Good night!"
    async with AsyncTcpClient("127.0.0.1", port, read_timeout=120) as client:
        await client.write_event(SynthesizeStart().event())
        for word in text.split(" "):
            await client.write_event(SynthesizeChunk(f"{word} ").event())
            await asyncio.sleep(0.05)
        await client.write_event(Synthesize(text).event())
        await client.write_event(SynthesizeStop().event())
        start = AudioStart.from_event(await _next(client))
        sound = b""
        while (event := await _next(client)).type == "audio-chunk":
            sound += AudioChunk.from_event(event).audio
        assert event.type == "audio-stop"
        assert (await _next(client)).type == "synthesize-stopped"
    pcm = np.frombuffer(sound, "<i2") / 32768
    assert start.rate == 24_000
    assert 3 < pcm.size / start.rate < 12
    assert 0.02 < float(np.sqrt(np.mean(pcm**2))) < 0.3


async def _next(client: AsyncTcpClient) -> Event:
    event = await client.read_event()
    assert event is not None
    return event
