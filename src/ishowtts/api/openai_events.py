"""The events of /v1/audio/speech with `stream_format: sse`, as OpenAI words them."""

from __future__ import annotations

import base64
from typing import Any

from sse_starlette import ServerSentEvent

from ishowtts.api.events import to_json
from ishowtts.api.names import renamed
from ishowtts.api.packers import FilePacker
from ishowtts.api.timestamps import Detail, timing
from ishowtts.audio.encode import Format
from ishowtts.errors import SpeechError
from ishowtts.synthesis.request import SpeechRequest
from ishowtts.synthesis.speak import Chunk, Speech

FIELDS = {"text": "input"}
FRAMES_A_SECOND = 24_000 / 256
"""Of the mel spectrogram that the model paints: the unit of its work, and so of `output_tokens`."""


class OpenAIScript:
    """Deltas of an audio file, with `timestamps` one a segment, then `usage`: characters spoken and frames made."""

    def __init__(self, request: SpeechRequest, format: Format, timestamps: Detail = "none") -> None:
        self._request = request
        self._timestamps = timestamps
        self._packer = FilePacker(format)

    def opening(self, segments: list[str], sample_rate: int) -> list[ServerSentEvent]:
        return []

    def audio(self, chunk: Chunk) -> list[ServerSentEvent]:
        return _delta(self._packer.feed(chunk), timing(self._request.original, chunk, self._timestamps))

    def done(self, speech: Speech) -> list[ServerSentEvent]:
        characters, frames = self._request.characters, round(speech.audio_seconds * FRAMES_A_SECOND)
        usage = {"input_tokens": characters, "output_tokens": frames, "total_tokens": characters + frames}
        done = _event("speech.audio.done", {"usage": usage})
        return [*_delta(self._packer.finish()), done, ServerSentEvent("[DONE]")]

    def failure(self, error: SpeechError) -> list[ServerSentEvent]:
        return [ServerSentEvent(to_json(renamed(error, FIELDS).body()), event="error")]


def _delta(data: bytes, told: dict[str, Any] | None = None) -> list[ServerSentEvent]:
    if not data and not told:
        return []
    return [_event("speech.audio.delta", {"audio": base64.b64encode(data).decode("ascii"), **(told or {})})]


def _event(name: str, fields: dict[str, object]) -> ServerSentEvent:
    return ServerSentEvent(to_json({"type": name, **fields}), event=name)
