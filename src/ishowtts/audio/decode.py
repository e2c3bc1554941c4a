"""Any audio file to mono float32 at one rate: libsndfile first, FFmpeg (PyAV) for what it does not read."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from ishowtts.audio.resample import resample
from ishowtts.errors import UnusableReference

SILENT_PEAK = 10 ** (-60 / 20)
MAX_SECONDS = 60.0
MAX_CHANNELS = 8
RATES = range(4_000, 192_001)
"""Sample rates that are read, in Hz: a header may claim any, and memory is taken by what it claims."""

_FORMATS = "aac,aiff,amr,ape,asf,au,caf,flac,m4a,matroska,mov,mp3,mp4,ogg,tta,w64,wav,webm,wv"
"""What FFmpeg may take a file for: playlists and scripts, which name other files, are not among them."""


def decode(source: Path | str | bytes, sample_rate: int, max_seconds: float = MAX_SECONDS) -> np.ndarray:
    """File or its bytes → (samples,) float32 mono at `sample_rate`.

    Raises `UnusableReference` for what is unreadable, empty, silent, not finite or longer than `max_seconds`; no more
    than that is ever decoded.
    """
    samples, rate = read(source, max_seconds)
    return to_mono(samples, rate, sample_rate)


def to_mono(samples: np.ndarray, rate: int, sample_rate: int) -> np.ndarray:
    """(samples, channels) at `rate` → (samples,) float32 at `sample_rate`. Raises `UnusableReference`: see `decode`."""
    mono = samples.mean(axis=1, dtype=np.float64)
    if not np.isfinite(mono).all():
        raise UnusableReference("The audio holds samples that are not numbers.")
    if not mono.size or np.max(np.abs(mono)) < SILENT_PEAK:
        raise UnusableReference("The audio is empty or silent.")
    return resample(mono, rate, sample_rate)


def read(source: Path | str | bytes, max_seconds: float = MAX_SECONDS) -> tuple[np.ndarray, int]:
    """File or its bytes → (samples, channels) float32 as recorded, and their rate. Raises `UnusableReference`."""
    if not isinstance(source, bytes) and not Path(source).is_file():
        raise UnusableReference("The audio file is not there.")
    try:
        return _soundfile(source, max_seconds)
    except UnusableReference:
        raise
    except Exception:
        return _pyav(source, max_seconds)


def _soundfile(source: Path | str | bytes, max_seconds: float) -> tuple[np.ndarray, int]:
    import soundfile

    with soundfile.SoundFile(io.BytesIO(source) if isinstance(source, bytes) else str(source)) as file:
        _refuse_odd(file.samplerate, file.channels)
        limit = int(max_seconds * file.samplerate)
        samples: np.ndarray = file.read(limit + 1, dtype="float32", always_2d=True)
        _refuse_long(len(samples), limit, max_seconds)
        return samples, int(file.samplerate)


def _pyav(source: Path | str | bytes, max_seconds: float) -> tuple[np.ndarray, int]:
    import av

    parts: list[np.ndarray] = []
    total = 0
    try:
        file = io.BytesIO(source) if isinstance(source, bytes) else str(source)
        rules = {"format_whitelist": _FORMATS, "protocol_whitelist": "file"}
        with av.open(file, mode="r", options=rules) as container:
            if not container.streams.audio:
                raise UnusableReference("The file has no audio in it.")
            stream = container.streams.audio[0]
            rate = int(stream.rate)
            _refuse_odd(rate, stream.channels)
            to_float = av.AudioResampler(format="fltp", layout=stream.layout, rate=rate)
            for decoded in container.decode(stream):
                for frame in to_float.resample(decoded):
                    parts.append(frame.to_ndarray())
                    total += parts[-1].shape[1]
                _refuse_long(total, int(max_seconds * rate), max_seconds)
            for frame in to_float.resample(None):
                parts.append(frame.to_ndarray())
    except UnusableReference:
        raise
    except Exception as error:
        raise UnusableReference(
            "The audio cannot be read. Use WAV, FLAC, MP3, Ogg, or another format FFmpeg knows."
        ) from error
    if not parts:
        raise UnusableReference("The audio is empty or silent.")
    return np.concatenate(parts, axis=1).T, rate


def _refuse_odd(rate: int, channels: int) -> None:
    if rate not in RATES:
        raise UnusableReference(f"The audio has {rate} samples a second; {RATES[0]} to {RATES[-1]} can be read.")
    if channels > MAX_CHANNELS:
        raise UnusableReference(f"The audio has {channels} channels; at most {MAX_CHANNELS} can be read.")


def _refuse_long(samples: int, limit: int, max_seconds: float) -> None:
    if samples > limit:
        raise UnusableReference(f"The audio is longer than {max_seconds:g} seconds. Cut it, and its text with it.")
