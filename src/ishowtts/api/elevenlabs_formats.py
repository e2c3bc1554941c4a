"""ElevenLabs' output formats: codec_rate_bitrate to an encoding."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from ishowtts.audio.encode import Encoding
from ishowtts.errors import InvalidRequest

DEFAULT = "mp3_44100_128"
_RATES = (8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
_MP3 = ((22_050, 32), (24_000, 48), *((44_100, kbit) for kbit in (32, 64, 96, 128, 192)))

OUTPUT_FORMATS: dict[str, Encoding] = {
    **{f"mp3_{rate}_{kbit}": Encoding("mp3", rate, 1000 * kbit) for rate, kbit in _MP3},
    **{f"pcm_{rate}": Encoding("pcm", rate) for rate in _RATES},
    **{f"wav_{rate}": Encoding("wav", rate) for rate in _RATES},
    **{f"opus_48000_{kbit}": Encoding("opus", 48_000, 1000 * kbit) for kbit in (32, 64, 96, 128, 192)},
}

OutputFormat = Annotated[str, Query(description="codec_rate_bitrate", json_schema_extra={"enum": [*OUTPUT_FORMATS]})]


def encoding_of(name: str) -> Encoding:
    """Raises `InvalidRequest`, with what is offered."""
    encoding = OUTPUT_FORMATS.get(name)
    if encoding is None:
        raise InvalidRequest(f"`output_format` is one of {', '.join(OUTPUT_FORMATS)}.", param="output_format")
    return encoding
