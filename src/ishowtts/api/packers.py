"""Chunks of a speech to the bytes of an answer that is sent as it is made."""

from __future__ import annotations

from typing import Protocol

from ishowtts.api.headers import media_type
from ishowtts.audio.encode import Encoder, Encoding, Format, encoder
from ishowtts.synthesis.speak import Chunk


class Packer(Protocol):
    """For one answer; called in the order of the chunks, from any thread."""

    def media_type(self, sample_rate: int) -> str: ...

    def feed(self, chunk: Chunk) -> bytes: ...

    def finish(self) -> bytes:
        """What comes after the last chunk."""


class FilePacker:
    """An audio file of unknown length."""

    def __init__(self, format: Format | Encoding) -> None:
        self._format = format
        self._encoder: Encoder | None = None

    def media_type(self, sample_rate: int) -> str:
        return media_type(self._format, sample_rate)

    def feed(self, chunk: Chunk) -> bytes:
        self._encoder = self._encoder or encoder(self._format, chunk.sample_rate)
        return self._encoder.feed(chunk.pcm)

    def finish(self) -> bytes:
        return self._encoder.finish() if self._encoder else b""
