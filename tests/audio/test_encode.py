"""Every format, streamed and whole, read back by libsndfile and by FFmpeg."""

from __future__ import annotations

import io

import av
import numpy as np
import pytest
import soundfile

from ishowtts.audio.encode import FORMATS, Encoding, Format, encode_file, encoder

RATE = 24_000
TONE = (0.3 * np.sin(2 * np.pi * 330 * np.arange(3 * RATE) / RATE)).astype(np.float32)
PIECES = [TONE[:RATE], TONE[RATE : RATE + 7], np.zeros(0, np.float32), TONE[RATE + 7 :]]
LOSSY = {"mp3", "opus", "aac"}
NAMED: list[Format] = [format for format in FORMATS if format != "pcm"]


def by_ffmpeg(data: bytes) -> np.ndarray:
    with av.open(io.BytesIO(data)) as container:
        resampler = av.AudioResampler("flt", "mono", RATE)
        frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
        frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray()[0] for frame in frames])


def by_libsndfile(data: bytes) -> np.ndarray:
    with soundfile.SoundFile(io.BytesIO(data)) as file:
        assert file.channels == 1
        assert file.samplerate == RATE
        return np.concatenate(list(file.blocks(4096, dtype="float32")))


def streamed(format: Format) -> list[bytes]:
    made = encoder(format, RATE)
    return [made.feed(piece) for piece in PIECES] + [made.finish()]


def check(read: np.ndarray, format: Format) -> None:
    """As long as it was, within a codec's frames, and the same tone at the same level."""
    assert len(read) == pytest.approx(len(TONE), abs=2400 if format in LOSSY else 0)
    inner = read[RATE : 2 * RATE]
    spectrum = np.abs(np.fft.rfft(inner))
    assert int(spectrum.argmax()) == 330
    # LAME makes everything 0.5 dB quieter, so as not to clip.
    level = 0.3 / np.sqrt(2) * (0.945 if format == "mp3" else 1)
    assert float(np.sqrt(np.mean(inner**2))) == pytest.approx(level, rel=0.02)
    if format not in LOSSY:
        np.testing.assert_allclose(read, TONE, atol=1e-4)


@pytest.mark.parametrize("format", NAMED)
def test_a_stream_is_read_back_by_ffmpeg(format: Format) -> None:
    check(by_ffmpeg(b"".join(streamed(format))), format)


@pytest.mark.parametrize("format", NAMED)
def test_a_whole_file_is_read_back_by_ffmpeg(format: Format) -> None:
    check(by_ffmpeg(encode_file(PIECES, format, RATE)), format)


# libsndfile reads no AAC, and of a FLAC that does not say its length it asks for 2^63 samples.
@pytest.mark.parametrize("format", ["wav", "mp3", "opus"])
def test_a_stream_is_read_back_by_libsndfile(format: Format) -> None:
    check(by_libsndfile(b"".join(streamed(format))), format)


@pytest.mark.parametrize("format", ["wav", "mp3", "opus", "flac"])
def test_a_whole_file_is_read_back_by_libsndfile_and_says_how_long_it_is(format: Format) -> None:
    data = encode_file(PIECES, format, RATE)
    check(by_libsndfile(data), format)
    assert soundfile.info(io.BytesIO(data)).duration == pytest.approx(3.0, abs=0.01)


def test_pcm_is_samples_and_nothing_else() -> None:
    assert b"".join(streamed("pcm")) == encode_file(PIECES, "pcm", RATE)
    np.testing.assert_allclose(np.frombuffer(encode_file(PIECES, "pcm", RATE), "<i2") / 32767, TONE, atol=1e-4)


@pytest.mark.parametrize("format", FORMATS)
def test_the_first_second_of_sound_leaves_before_the_second_comes(format: Format) -> None:
    first = streamed(format)[0]
    heard = by_ffmpeg(first) if format != "pcm" else np.frombuffer(first, "<i2")
    assert len(heard) > 0.75 * RATE


@pytest.mark.parametrize("format", FORMATS)
def test_loud_and_broken_samples_do_not_break_a_codec(format: Format) -> None:
    bad = np.array([np.nan, np.inf, -np.inf, 40.0, -40.0] * 2000, np.float32)
    assert encode_file([bad], format, RATE)


@pytest.mark.parametrize(
    "encoding",
    [
        Encoding("pcm", 8_000),
        Encoding("pcm", 44_100),
        Encoding("wav", 16_000),
        Encoding("mp3", 44_100, 128_000),
        Encoding("mp3", 22_050, 32_000),
        Encoding("opus", 48_000, 192_000),
    ],
    ids=str,
)
def test_another_sample_rate_and_bit_rate(encoding: Encoding) -> None:
    made = encoder(encoding, RATE)
    stream = b"".join([made.feed(piece) for piece in PIECES] + [made.finish()])
    whole = encode_file(PIECES, encoding, RATE)
    rate = encoding.sample_rate
    assert rate is not None
    for data in (stream, whole):
        if encoding.format == "pcm":
            sound = np.frombuffer(data, "<i2") / 32768
        else:
            sound, got = soundfile.read(io.BytesIO(data))
            assert got == rate
        assert len(sound) == pytest.approx(3 * rate, abs=0.1 * rate if encoding.format in LOSSY else 1)
        inner = sound[rate : 2 * rate]
        assert int(np.abs(np.fft.rfft(inner)).argmax()) == 330
        assert float(np.sqrt(np.mean(inner**2))) == pytest.approx(0.3 / np.sqrt(2), rel=0.06)
        # A seam between two pieces would be a jump that a tone of 330 Hz cannot make.
        if encoding.format not in LOSSY:
            assert np.abs(np.diff(sound[100:-100])).max() < 1.1 * 0.3 * 2 * np.pi * 330 / rate
    if encoding.bit_rate is not None:
        assert 8 * len(whole) / 3 == pytest.approx(encoding.bit_rate, rel=0.35)
