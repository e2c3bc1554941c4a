"""One text, or one stream of text, to `audio-start`, `audio-chunk`…, `audio-stop`."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from uuid import uuid4

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.event import Eventable
from wyoming.tts import SynthesizeStopped

from ishowtts.api.access_log import CLIENT_LEFT, Access
from ishowtts.api.monitoring import SLOW_READER, count_speech
from ishowtts.api.services import Services
from ishowtts.audio.pcm import BYTES_PER_SAMPLE, to_s16le
from ishowtts.errors import InvalidRequest, NothingToSay, SpeechError, VoiceNotFound
from ishowtts.logs import FIELDS
from ishowtts.serving.cancel import CancelToken
from ishowtts.serving.claim import Sender
from ishowtts.synthesis.load import nfe_step_for
from ishowtts.synthesis.request import SpeechRequest, prepare
from ishowtts.synthesis.sound import Speech
from ishowtts.synthesis.speak import Chunk
from ishowtts.wyoming.messages import SynthesizeStart, VoiceWish
from ishowtts.wyoming.text_stream import TextStream

log = logging.getLogger("ishowtts.access")

CHUNK_SECONDS = 0.1

Send = Callable[[Eventable], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Utterance:
    """A text and how to say it; `streamed` where the text may still be growing."""

    text: TextStream
    wish: SynthesizeStart
    sender: Sender
    streamed: bool


async def speak(
    utterance: Utterance, parts: Services, token: CancelToken, send: Send, busy: Callable[[bool], None]
) -> None:
    """Say it in one voice and as one piece of sound; `busy` is told when work begins and when it waits for text.

    Raises `SpeechError`, and what `send` raises.
    """
    speech = _Speech(utterance, parts, token, send, busy)
    try:
        await speech.run()
    except SpeechError as error:
        speech.record.outcome = error.code
        raise
    except TimeoutError:
        speech.record.outcome = SLOW_READER
        raise
    finally:
        speech.over()


class _Speech:
    def __init__(
        self, utterance: Utterance, parts: Services, token: CancelToken, send: Send, busy: Callable[[bool], None]
    ) -> None:
        self._utterance, self._parts, self._token, self._send, self._busy = utterance, parts, token, send, busy
        self.record = Access(CLIENT_LEFT, stream="wyoming")
        self._id = uuid4().hex
        self._began: float | None = None  # work on it
        self._voice: str | None = None
        self._chars = 0
        self._samples = 0
        self._rate = 0

    async def run(self) -> None:
        _check_format(self._utterance.wish.text_format)
        self._voice = _voice_id(self._utterance.wish.voice, self._parts)
        async for text in self._utterance.text.pieces():
            self._busy(True)
            await self._piece(text)
            self._busy(False)
        if not self._rate:
            raise NothingToSay("The text has nothing that can be spoken: give it a letter or a digit.", param="text")
        await self._send(AudioStop(self._milliseconds))
        if self._utterance.streamed:
            await self._send(SynthesizeStopped())
        self.record.outcome = "ok"

    async def _piece(self, text: str) -> None:
        try:
            wanted = self._prepare(text)
        except NothingToSay:  # a lone emoji between two sentences
            return
        self._began = self._began or time.monotonic()
        self._voice = wanted.voice.id  # the first sentence chooses for all
        self._chars += wanted.characters
        timeout = self._parts.settings.server.request_timeout
        async with aclosing(self._parts.speaker.speak(wanted, self._token, timeout)) as speaking:
            try:
                async for chunk in speaking:
                    await self._sound(chunk)
            finally:
                if speaking.speech.audio_seconds:
                    self._add(speaking.speech)

    def _prepare(self, text: str) -> SpeechRequest:
        parts, status = self._parts, self._parts.worker.status()
        steps = nfe_step_for(None, status.queued + status.running, parts.settings)
        return prepare(
            text,
            parts.library,
            parts.settings,
            voice=self._voice,
            request_id=self._id,
            nfe_step=steps,
            sender=self._utterance.sender,
        )

    async def _sound(self, chunk: Chunk) -> None:
        if not self._rate:
            self._rate = chunk.sample_rate
            await self._send(AudioStart(self._rate, BYTES_PER_SAMPLE, 1, timestamp=0))
        # Where the text is still being written, a pause may be its author's.
        self.record.heard(None if self._utterance.streamed else chunk.t0)
        step = round(CHUNK_SECONDS * self._rate)
        for start in range(0, chunk.pcm.size, step):
            part = chunk.pcm[start : start + step]
            await self._send(AudioChunk(self._rate, BYTES_PER_SAMPLE, 1, to_s16le(part), timestamp=self._milliseconds))
            self._samples += part.size

    @property
    def _milliseconds(self) -> int:
        return 1000 * self._samples // self._rate

    def _add(self, piece: Speech) -> None:
        past = self.record.speech
        if past is None:
            self.record.speech = piece
        else:
            self.record.speech = replace(
                past,
                audio_seconds=past.audio_seconds + piece.audio_seconds,
                synthesis_seconds=past.synthesis_seconds + piece.synthesis_seconds,
                worker_restarts=max(past.worker_restarts, piece.worker_restarts),
            )

    def over(self) -> None:
        """Into the metrics, and a line into the access log; never the text."""
        now = time.monotonic()
        began = self._began or now
        count_speech(self._parts.metrics, self.record, began)
        if not self._parts.settings.server.access_log:
            return
        record, fields = self.record, dict[str, str | int | float]()
        fields |= {"id": self._id, "client": self._utterance.sender.client, "method": "WYOMING"}
        fields["event"] = "synthesize-start" if self._utterance.streamed else "synthesize"
        fields["ms"] = round(1000 * (now - began))
        if self._chars:
            fields |= {"voice": self._voice or "", "chars": self._chars}
        fields["audio_s"] = round(self._samples / self._rate if self._rate else 0.0, 2)
        if record.first_sound is not None:
            fields["ttfa_ms"] = round(1000 * (record.first_sound - began))
        fields["outcome"] = record.outcome
        log.info("%s", " ".join(f"{key}={value}" for key, value in fields.items()), extra={FIELDS: fields})


def _check_format(text_format: str | None) -> None:
    if text_format not in (None, "text"):
        raise InvalidRequest("`text_format` should be `text`: markup would be read aloud.", param="text_format")


def _voice_id(wish: VoiceWish | None, parts: Services) -> str | None:
    """The voice asked for, by id or by language; None leaves it to the language of the text. Raises `VoiceNotFound`."""
    if wish is None:
        return None
    if wish.name is not None:
        voice = parts.library.get(wish.name)
        if wish.speaker not in (None, "", voice.id, voice.name):
            raise VoiceNotFound("A voice of this server is one speaker: leave `speaker` out.", param="voice.speaker")
        return voice.id
    if wish.language is None:
        return None
    defaults: dict[str, str] = {str(k): v for k, v in parts.settings.synthesis.default_voice.items()}
    language = wish.language.replace("_", "-").split("-")[0].lower()
    if language not in defaults:
        raise VoiceNotFound(f"No voice for this language; there are {', '.join(defaults)}.", param="voice.language")
    return defaults[language]
