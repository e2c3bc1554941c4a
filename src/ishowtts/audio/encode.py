"""Speech in the formats that players know, piece by piece: bytes come out as soon as the codec lets go of them.

WAV and PCM are written by hand, the rest by FFmpeg (PyAV). A stream's length is not known when it begins, so streams
go without what would have to be filled in at the end; whole files have it.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, Protocol, cast, get_args

import numpy as np

from ishowtts.audio.pcm import to_s16le
from ishowtts.audio.wav import streaming_header, wav_file

Format = Literal["wav", "pcm", "mp3", "opus", "flac", "aac"]
FORMATS: tuple[Format, ...] = get_args(Format)


@dataclass(frozen=True, slots=True)
class Encoding:
    """A format, and where they are not to be the usual ones, samples a second and bits a second."""

    format: Format
    sample_rate: int | None = None
    bit_rate: int | None = None


@dataclass(frozen=True)
class Codec:
    """FFmpeg's names. `stream_options` are for a muxer that cannot go back in what it wrote."""

    container: str
    codec: str
    bit_rate: int | None = None
    stream_options: dict[str, str] = field(default_factory=dict)


CODECS: dict[str, Codec] = {
    "mp3": Codec("mp3", "libmp3lame", 96_000, {"write_xing": "0"}),
    "opus": Codec("ogg", "libopus", 48_000, {"page_duration": "100000"}),  # microseconds; else a page is a second
    "flac": Codec("flac", "flac"),
    "aac": Codec("adts", "aac", 96_000),
}


class Encoder(Protocol):
    def feed(self, pcm: np.ndarray) -> bytes:
        """(samples,) float in -1..1 → what can be sent by now; the first call brings the header too."""

    def finish(self) -> bytes:
        """The rest. Nothing may be fed after it."""


def encoder(wanted: Format | Encoding, sample_rate: int) -> Encoder:
    """For a stream of unknown length of samples at `sample_rate`."""
    encoding = _encoding(wanted)
    rate = encoding.sample_rate or sample_rate
    made: Encoder
    if encoding.format in CODECS:
        made = _FFmpeg(CODECS[encoding.format], rate, encoding.bit_rate)
    else:
        made = _Samples(streaming_header(rate) if encoding.format == "wav" else b"")
    return made if rate == sample_rate else _Resampled(made, sample_rate, rate)


def encode_file(pieces: Iterable[np.ndarray], wanted: Format | Encoding, sample_rate: int) -> bytes:
    """A whole file, with its length where the format has a place for it."""
    encoding = _encoding(wanted)
    rate = encoding.sample_rate or sample_rate
    if encoding.format in CODECS:
        sink = io.BytesIO()
        _feed_all(_FFmpeg(CODECS[encoding.format], rate, encoding.bit_rate, sink), pieces, sample_rate, rate)
        return sink.getvalue()
    data = _feed_all(_Samples(b""), pieces, sample_rate, rate)
    return wav_file(data, rate) if encoding.format == "wav" else data


def _encoding(wanted: Format | Encoding) -> Encoding:
    return wanted if isinstance(wanted, Encoding) else Encoding(wanted)


def _feed_all(made: Encoder, pieces: Iterable[np.ndarray], sample_rate: int, rate: int) -> bytes:
    whole = made if rate == sample_rate else _Resampled(made, sample_rate, rate)
    return b"".join([*map(whole.feed, pieces), whole.finish()])


class _Samples:
    def __init__(self, header: bytes) -> None:
        self._header = header

    def feed(self, pcm: np.ndarray) -> bytes:
        header, self._header = self._header, b""
        return header + to_s16le(pcm)

    def finish(self) -> bytes:
        return b""


class _Resampled:
    """Changes the sample rate on the way to another encoder, with no seam between pieces."""

    def __init__(self, inner: Encoder, source_rate: int, target_rate: int) -> None:
        import av

        self._inner, self._rate, self._sent = inner, source_rate, 0
        self._frame, self._resampler = av.AudioFrame, av.AudioResampler("flt", "mono", target_rate)

    def feed(self, pcm: np.ndarray) -> bytes:
        if not pcm.size:
            return self._inner.feed(pcm)
        frame = self._frame.from_ndarray(np.ascontiguousarray(pcm[None], np.float32), format="flt", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = self._rate, self._sent, Fraction(1, self._rate)
        self._sent += pcm.size
        return self._pass_on(frame)

    def finish(self) -> bytes:
        return (self._pass_on(None) if self._sent else b"") + self._inner.finish()

    def _pass_on(self, frame: Any) -> bytes:
        pieces = [out.to_ndarray()[0] for out in self._resampler.resample(frame)]
        return b"".join(self._inner.feed(piece) for piece in pieces)


class _Outbox:
    """What FFmpeg writes to and cannot go back in."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken, self._parts = b"".join(self._parts), []
        return taken


class _FFmpeg:
    def __init__(
        self, codec: Codec, sample_rate: int, bit_rate: int | None = None, file: io.BytesIO | None = None
    ) -> None:
        import av  # 0.1 s, and only for these formats

        self._outbox = _Outbox()
        options = {"flush_packets": "1", **codec.stream_options} if file is None else {}
        sink = self._outbox if file is None else file
        self._container: Any = av.open(sink, "w", format=codec.container, options=options)
        self._stream = cast("Any", self._container.add_stream(codec.codec, rate=sample_rate, layout="mono"))
        if bit_rate or codec.bit_rate:
            self._stream.bit_rate = bit_rate or codec.bit_rate
        self._frame, self._rate, self._sent = av.AudioFrame, sample_rate, 0

    def feed(self, pcm: np.ndarray) -> bytes:
        samples = np.frombuffer(to_s16le(pcm), "<i2")
        if len(samples):
            frame = self._frame.from_ndarray(samples[None], format="s16", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = self._rate, self._sent, Fraction(1, self._rate)
            self._sent += len(samples)
            self._container.mux(self._stream.encode(frame))
        return self._outbox.take()

    def finish(self) -> bytes:
        self._container.mux(self._stream.encode(None))
        self._container.close()
        return self._outbox.take()
