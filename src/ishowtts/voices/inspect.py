"""`python -m ishowtts.voices.inspect < clip`: a stranger's file to figures and plain samples, in a process of its own.

Standard output is a line of JSON and then the clip as s16le, mono, 24 kHz, at the library's loudness; or the line
alone, with a `refusal`. Decoders are large, old and written in C: whatever a file does to one of them happens here,
where no other file, no network and little memory can be had.
"""

from __future__ import annotations

from ishowtts.voices.limits import confine, seal

MEMORY_MB, CPU_SECONDS = 1024, 25

if __name__ == "__main__":
    confine(MEMORY_MB, CPU_SECONDS)

# ruff: noqa: E402 - imports come after the limits
import contextlib
import io
import json
import math
import sys
import warnings
from dataclasses import asdict
from typing import Any, cast

import numpy as np

from ishowtts.audio.activity import speech_span
from ishowtts.audio.decode import read, to_mono
from ishowtts.audio.lufs import level, loudness, true_peak
from ishowtts.audio.pcm import to_s16le
from ishowtts.errors import UnusableReference
from ishowtts.voices.quality import MAX_SECONDS, clipped_share, measure

SAMPLE_RATE = 24_000
MAX_BYTES = 20 * 1024 * 1024
EDGE_SECONDS = 0.15
"""Silence kept before and after the speech: enough for a soft onset, and for the last word to end."""
_FAMILIES = ("ipod", "aac"), ("adts", "aac"), ("webm", "libopus"), ("matroska", "libopus"), ("mp3", "libmp3lame")
"""A container and a codec for each way that PyAV reads a file: it imports parts of itself while it opens one."""


def inspect(data: bytes) -> tuple[dict[str, Any], np.ndarray]:
    """A file → (figures of it as it came, (samples,) float32 cut at its edges and levelled). `UnusableReference`."""
    samples, rate = read(data, MAX_SECONDS)
    pcm = to_mono(samples, rate, SAMPLE_RATE)
    if pcm.size < 0.5 * SAMPLE_RATE:
        raise UnusableReference(f"The clip is {pcm.size / SAMPLE_RATE:.1f} s long; give 3 to 12 s, at least 2.")
    figures = asdict(measure(pcm, SAMPLE_RATE, clipped_share(samples)))
    kept = level(_cut(pcm), SAMPLE_RATE)
    return {
        "quality": figures,
        "loudness_lufs": _number(loudness(kept, SAMPLE_RATE)),
        "true_peak_dbtp": _number(true_peak(kept, SAMPLE_RATE)),
    }, kept


def _cut(pcm: np.ndarray) -> np.ndarray:
    span = speech_span(pcm, SAMPLE_RATE)
    if span is None:
        return pcm
    edge = round(EDGE_SECONDS * SAMPLE_RATE)
    return pcm[max(0, span[0] - edge) : span[1] + edge]


def _number(value: float) -> float:
    return round(value, 2) if math.isfinite(value) else -100.0


def _warm_up() -> None:
    """Everything that is imported late, now: once sealed, no library could be opened any more."""
    import av
    import soundfile

    noise = np.random.default_rng(0).standard_normal(SAMPLE_RATE) * 0.1
    file = io.BytesIO()
    soundfile.write(file, noise, SAMPLE_RATE, format="WAV")
    inspect(file.getvalue())
    for container, codec in _FAMILIES:
        with contextlib.suppress(av.FFmpegError, ValueError, UnusableReference):  # a PyAV without this encoder
            read(_tiny(container, codec))


def _tiny(container: str, codec: str) -> bytes:
    """A tenth of a second of noise in a container."""
    import av

    file = io.BytesIO()
    noise = np.random.default_rng(0).standard_normal((1, 4_800)).astype(np.float32) * 0.1
    frame = av.AudioFrame.from_ndarray(noise, format="fltp", layout="mono")
    frame.sample_rate = 48_000
    with av.open(file, "w", format=container) as out:
        stream = cast(av.AudioStream, out.add_stream(codec, rate=48_000, layout="mono"))
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            out.mux(packet)
    return file.getvalue()


def main() -> None:
    warnings.simplefilter("ignore")
    _warm_up()
    data = sys.stdin.buffer.read(MAX_BYTES + 1)
    seal()
    pcm = np.zeros(0, np.float32)
    try:
        if len(data) > MAX_BYTES:
            raise UnusableReference("The file is over 20 MB; a clip of 3 to 12 seconds is enough.")
        told, pcm = inspect(data)
    except UnusableReference as error:
        told = {"refusal": error.message}
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + to_s16le(pcm))


if __name__ == "__main__":
    main()
