"""A speech with the times of its characters: one JSON object, or one a line while it is made."""

from __future__ import annotations

import base64

from ishowtts.api.alignment import Aligner, Alignment
from ishowtts.api.describe import NDJSON
from ishowtts.api.elevenlabs_schemas import SpeechWithTimestamps
from ishowtts.api.packers import FilePacker
from ishowtts.audio.encode import Encoding, encode_file
from ishowtts.synthesis.speak import Chunk


class TimestampPacker:
    """A JSON object a line; the last may hold sound alone, what the codec had kept."""

    def __init__(self, text: str, encoding: Encoding) -> None:
        self._packer = FilePacker(encoding)
        self._aligner = Aligner(text)

    def media_type(self, sample_rate: int) -> str:
        return NDJSON

    def feed(self, chunk: Chunk) -> bytes:
        alignment, normalized = self._aligner.align(chunk)
        return _line(_told(self._packer.feed(chunk), alignment, normalized))

    def finish(self) -> bytes:
        rest = self._packer.finish()
        return _line(_told(rest, None, None)) if rest else b""


def packed(text: str, chunks: list[Chunk], encoding: Encoding) -> bytes:
    """All of it in one object."""
    sound = encode_file([chunk.pcm for chunk in chunks], encoding, chunks[-1].sample_rate)
    aligner, whole = Aligner(text), (Alignment(), Alignment())
    for chunk in chunks:
        for sum, part in zip(whole, aligner.align(chunk), strict=True):
            sum.extend(part)
    return _told(sound, *whole).model_dump_json().encode()


def _told(sound: bytes, alignment: Alignment | None, normalized: Alignment | None) -> SpeechWithTimestamps:
    return SpeechWithTimestamps(
        audio_base64=base64.b64encode(sound).decode("ascii"), alignment=alignment, normalized_alignment=normalized
    )


def _line(told: SpeechWithTimestamps) -> bytes:
    return told.model_dump_json().encode() + b"\n"
