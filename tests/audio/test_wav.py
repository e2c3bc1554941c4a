from __future__ import annotations

import io
import wave

import numpy as np
import pytest
import soundfile

from ishowtts.audio.pcm import to_s16le
from ishowtts.audio.wav import streaming_header, wav_file

PCM = (0.5 * np.sin(np.arange(2400) / 10)).astype(np.float32)


@pytest.mark.parametrize("samples", [0, 1, 2400])
def test_sizes_are_exact_for_the_standard_library_and_libsndfile(samples: int) -> None:
    data = wav_file(to_s16le(PCM[:samples]), 24_000)
    assert int.from_bytes(data[4:8], "little") == len(data) - 8
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 24_000)
        assert file.getnframes() == samples
        assert file.readframes(samples) == to_s16le(PCM[:samples])
    read, rate = soundfile.read(io.BytesIO(data))
    assert rate == 24_000
    assert np.allclose(read, PCM[:samples], atol=1e-4)


def test_a_stream_of_unknown_length_is_read_to_its_end() -> None:
    data = streaming_header(24_000) + to_s16le(PCM)
    assert data[4:8] == data[40:44] == b"\xff\xff\xff\xff"
    read, _ = soundfile.read(io.BytesIO(data))
    assert len(read) == len(PCM)
    with wave.open(io.BytesIO(data)) as file:
        assert file.readframes(2**20) == to_s16le(PCM)
