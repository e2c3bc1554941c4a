"""The events of a spoken stream: one dataclass an event, JSON on the wire."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Protocol

from sse_starlette import ServerSentEvent

from ishowtts.api.timestamps import Detail, timing
from ishowtts.audio.pcm import to_s16le
from ishowtts.errors import SpeechError
from ishowtts.synthesis.request import SpeechRequest
from ishowtts.synthesis.speak import Chunk, Speech


def to_json(value: Any) -> str:
    """On one line, as short as it gets."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


class Script(Protocol):
    """How a speech is told in events; each method gives those for one happening, numbered by whoever sends them."""

    def opening(self, segments: list[str], sample_rate: int) -> list[ServerSentEvent]: ...

    def audio(self, chunk: Chunk) -> list[ServerSentEvent]: ...

    def done(self, speech: Speech) -> list[ServerSentEvent]: ...

    def failure(self, error: SpeechError) -> list[ServerSentEvent]: ...


@dataclass(frozen=True, slots=True)
class Event:
    name: ClassVar[str]

    def encode(self) -> ServerSentEvent:
        """What is None is left out."""
        fields = {name: value for name, value in asdict(self).items() if value is not None}
        return ServerSentEvent(to_json(fields), event=self.name)


@dataclass(frozen=True, slots=True)
class Meta(Event):
    """First: what is coming."""

    name: ClassVar[str] = "meta"
    request_id: str
    voice: str
    sample_rate: int
    encoding: str
    channels: int
    seed: int
    segments: int
    texts: list[str]
    timestamps: Detail

    @classmethod
    def of(cls, request: SpeechRequest, segments: list[str], sample_rate: int, timestamps: Detail) -> Meta:
        return cls(
            request_id=request.request_id,
            voice=request.voice.id,
            sample_rate=sample_rate,
            encoding="pcm_s16le",
            channels=1,
            seed=request.sampling.seed,
            segments=len(segments),
            texts=segments,
            timestamps=timestamps,
        )


@dataclass(frozen=True, slots=True)
class Audio(Event):
    """Sound to be played at `t0` seconds, right after the one before."""

    name: ClassVar[str] = "audio"
    seq: int
    t0: float
    duration: float
    text: str
    audio: str
    """base64 of samples as `meta` says."""
    span: list[int] | None = None
    """Of `text` in the caller's text: first and past-the-last code point."""
    words: list[dict[str, Any]] | None = None
    """`text`, `start` and `end` in the caller's text, `t0` and `t1` in seconds from the start of the speech."""
    estimated: bool | None = None
    """Of the words' times: they were planned, not measured."""

    @classmethod
    def of(cls, chunk: Chunk, original: str, timestamps: Detail) -> Audio:
        audio = base64.b64encode(to_s16le(chunk.pcm)).decode("ascii")
        told = timing(original, chunk, timestamps)
        return cls(chunk.index, round(chunk.t0, 6), round(chunk.duration, 6), chunk.text, audio, **told)


@dataclass(frozen=True, slots=True)
class Done(Event):
    """Last, when all went well."""

    name: ClassVar[str] = "done"
    audio_seconds: float
    synthesis_seconds: float
    queue_seconds: float
    first_audio_seconds: float
    rtf: float
    unspoken: int
    """Letters and digits of the text that no sound was made for."""
    retakes: int
    """Segments that were made a second time, for a flaw of the first."""

    @classmethod
    def of(cls, speech: Speech) -> Done:
        return cls(
            audio_seconds=round(speech.audio_seconds, 6),
            synthesis_seconds=round(speech.synthesis_seconds, 6),
            queue_seconds=round(speech.queue_seconds, 6),
            first_audio_seconds=round(speech.first_audio_seconds, 6),
            rtf=round(speech.rtf, 4),
            unspoken=speech.unspoken,
            retakes=speech.retakes,
        )


@dataclass(frozen=True, slots=True)
class Failure(Event):
    """Last, when it did not: the body that a plain answer would have had, and its status."""

    name: ClassVar[str] = "error"
    error: dict[str, Any]
    status: int

    @classmethod
    def of(cls, error: SpeechError) -> Failure:
        return cls(error.body()["error"], error.status)


@dataclass(frozen=True, slots=True)
class SpeechScript:
    """The events of /tts."""

    request: SpeechRequest
    timestamps: Detail = "segment"

    def opening(self, segments: list[str], sample_rate: int) -> list[ServerSentEvent]:
        return [Meta.of(self.request, segments, sample_rate, self.timestamps).encode()]

    def audio(self, chunk: Chunk) -> list[ServerSentEvent]:
        return [Audio.of(chunk, self.request.original, self.timestamps).encode()]

    def done(self, speech: Speech) -> list[ServerSentEvent]:
        return [Done.of(speech).encode()]

    def failure(self, error: SpeechError) -> list[ServerSentEvent]:
        return [Failure.of(error).encode()]
