from __future__ import annotations

import io
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from ishowtts.audio.decode import decode
from ishowtts.errors import UnusableReference

RATE = 24_000


def tone(rate: int, seconds: float = 1.0) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * 300 * np.arange(round(rate * seconds)) / rate)).astype(np.float32)


def encoded(pcm: np.ndarray, rate: int, kind: str) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, pcm, rate, format=kind)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3"])
def test_what_libsndfile_reads(kind: str) -> None:
    out = decode(encoded(tone(44_100), 44_100, kind), RATE)
    assert out.dtype == np.float32
    assert len(out) / RATE == pytest.approx(1.0, abs=0.06)
    assert np.abs(out).max() == pytest.approx(0.3, abs=0.04)


def test_two_channels_become_their_mean() -> None:
    stereo = np.stack([tone(RATE), 0 * tone(RATE)], axis=1)
    assert np.abs(decode(encoded(stereo, RATE, "WAV"), RATE)).max() == pytest.approx(0.15, abs=1e-3)


def test_what_only_ffmpeg_reads(tmp_path: Path) -> None:
    path = tmp_path / "clip.m4a"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(tone(48_000)[None], format="fltp", layout="mono")
        frame.sample_rate = 48_000
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    for source in (path, path.read_bytes()):
        out = decode(source, RATE)
        assert len(out) / RATE == pytest.approx(1.0, abs=0.06)
        assert np.sqrt(np.mean(out**2)) == pytest.approx(0.3 / np.sqrt(2), rel=0.05)
    with pytest.raises(UnusableReference, match="longer than"):
        decode(path, RATE, max_seconds=0.5)


def test_long_audio_is_refused_not_cut() -> None:
    with pytest.raises(UnusableReference, match="longer than 2 seconds"):
        decode(encoded(tone(8000, 2.1), 8000, "FLAC"), RATE, max_seconds=2)
    assert len(decode(encoded(tone(8000, 2.0), 8000, "FLAC"), RATE, max_seconds=2)) == 2 * RATE


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not audio at all" * 100,
        encoded(np.zeros(2400, np.float32), RATE, "WAV"),
        encoded(tone(RATE, 0), RATE, "WAV"),
    ],
    ids=["no bytes", "not audio", "silent", "no samples"],
)
def test_useless_bytes(data: bytes) -> None:
    with pytest.raises(UnusableReference):
        decode(data, RATE)


def test_samples_that_are_not_numbers() -> None:
    pcm = tone(RATE)
    pcm[5] = np.nan
    buffer = io.BytesIO()
    soundfile.write(buffer, pcm, RATE, format="WAV", subtype="FLOAT")
    with pytest.raises(UnusableReference, match="not numbers"):
        decode(buffer.getvalue(), RATE)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnusableReference, match="not there"):
        decode(tmp_path / "none.wav", RATE)
