"""Clips to upload: real (synthetic) speech that ships with the package, and what can be done to it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import IO, Any, cast

import av
import numpy as np
import soundfile

from ishowtts.audio.resample import resample
from ishowtts.engine.catalog import F5_MINI

RATE = 24_000
BUILT_IN = sorted(path.name for path in (F5_MINI / "voices").iterdir())


def speech(voice: str = "bella") -> np.ndarray:
    """(samples,) at 24 kHz, 4 to 6 s."""
    pcm, rate = soundfile.read(F5_MINI / "voices" / voice / "reference.flac", dtype="float32")
    assert rate == RATE
    return cast(np.ndarray, pcm)


def encoded(pcm: np.ndarray, kind: str = "FLAC", rate: int = RATE, **more: Any) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, pcm, rate, format=kind, **more)
    return file.getvalue()


def contained(pcm: np.ndarray, container: str, codec: str, *, picture: bool = False) -> bytes:
    """As a telephone, a browser or FFmpeg writes it, at 48 kHz."""
    file = io.BytesIO()
    frame = av.AudioFrame.from_ndarray(resample(pcm, RATE, 48_000)[None].astype(np.float32), "fltp", "mono")
    frame.sample_rate = 48_000
    with av.open(file, "w", format=container) as out:
        sound = out.add_stream(codec, rate=48_000, layout="mono")
        sound.bit_rate = 96_000
        if picture:
            video = out.add_stream("mpeg4", rate=25, width=64, height=64, pix_fmt="yuv420p")
            black = av.VideoFrame.from_ndarray(np.zeros((96, 64), np.uint8), "yuv420p")
            out.mux([*video.encode(black), *video.encode(None)])
        to_codec = av.AudioResampler(sound.format, "mono", 48_000, frame_size=sound.frame_size or None)
        for part in [*to_codec.resample(frame), *to_codec.resample(None), None]:
            out.mux(sound.encode(part))
    return file.getvalue()


def clip(voice: str = "bella") -> bytes:
    return encoded(speech(voice))


def as_file(folder: Path, data: bytes) -> IO[bytes]:
    """A real, open file."""
    path = folder / "clip"
    path.write_bytes(data)
    return path.open("rb")


def noisy(pcm: np.ndarray, snr_db: float) -> np.ndarray:
    noise = np.random.default_rng(0).standard_normal(pcm.size)
    return pcm + noise * np.sqrt(np.mean(pcm**2)) * 10 ** (-snr_db / 20)


def clipped(pcm: np.ndarray, db: float) -> np.ndarray:
    """Raised so far over full scale, and cut off there."""
    return np.clip(pcm / np.max(np.abs(pcm)) * 10 ** (db / 20), -1, 1)


def telephone(pcm: np.ndarray) -> np.ndarray:
    return resample(resample(pcm, RATE, 8000), 8000, RATE)


def melody(seconds: float = 5.0) -> np.ndarray:
    """Notes of eight harmonics, four a second."""
    random = np.random.default_rng(1)
    out = np.zeros(round(seconds * RATE))
    t = np.arange(round(0.3 * RATE)) / RATE
    for start in range(0, out.size - t.size, RATE // 4):
        pitch = 220 * 2 ** (random.integers(0, 24) / 12)
        note = sum(np.sin(2 * np.pi * pitch * k * t) / k for k in range(1, 9)) * np.exp(-6 * t)
        out[start : start + t.size] += 0.2 * note
    return out
