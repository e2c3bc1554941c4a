"""RIFF/WAVE, mono 16-bit: whole files with exact sizes, and a header for streams of unknown length."""

from __future__ import annotations

import struct

from ishowtts.audio.pcm import BYTES_PER_SAMPLE

UNKNOWN_SIZE = 0xFFFFFFFF
"""What readers take as "until the end". Zero would be read as "no audio" by libsndfile and refused by `wave`."""

_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
_RIFF_BEFORE_DATA = _HEADER.size - 8  # the RIFF size leaves out its own tag and size
_PCM_FORMAT = 1


def wav_file(data: bytes, sample_rate: int) -> bytes:
    """s16le samples at `sample_rate` → a WAV file whose sizes are exact."""
    return _header(sample_rate, _RIFF_BEFORE_DATA + len(data), len(data)) + data


def streaming_header(sample_rate: int) -> bytes:
    """The 44 bytes before s16le samples whose number is not known yet."""
    return _header(sample_rate, UNKNOWN_SIZE, UNKNOWN_SIZE)


def _header(sample_rate: int, riff_size: int, data_size: int) -> bytes:
    return _HEADER.pack(
        b"RIFF",
        riff_size,
        b"WAVE",
        b"fmt ",
        16,
        _PCM_FORMAT,
        1,
        sample_rate,
        sample_rate * BYTES_PER_SAMPLE,
        BYTES_PER_SAMPLE,
        8 * BYTES_PER_SAMPLE,
        b"data",
        data_size,
    )
