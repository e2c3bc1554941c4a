from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile

from ishowtts.audio.decode import decode
from tests.api.server import TWO, error_of, serving
from tests.fakes import MUTE_ONCE

pytestmark = pytest.mark.anyio


async def test_a_text_comes_back_as_a_wav_that_everything_reads(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        response = await served.client.post("/tts", json={"text": TWO, "seed": 7})
        assert (response.status_code, response.headers["content-type"]) == (200, "audio/wav")
        data = response.content
        assert int(response.headers["content-length"]) == len(data)
        assert int.from_bytes(data[4:8], "little") == len(data) - 8
        with wave.open(io.BytesIO(data)) as file:
            assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 24_000)
            seconds = file.getnframes() / 24_000
        read, rate = soundfile.read(io.BytesIO(data))
        assert len(read) / rate == seconds
        assert np.sqrt(np.mean(read**2)) == pytest.approx(0.1, rel=0.05)
        assert float(response.headers["x-audio-duration"]) == pytest.approx(seconds, abs=1e-3)
        assert seconds == pytest.approx(0.06 * len(TWO), rel=0.1)
        assert float(response.headers["x-rtf"]) > 0
        assert (response.headers["x-seed"], response.headers["x-voice"]) == ("7", "ann")
        assert response.headers["x-nfe-step"] == "7"
        assert [part.partition(";dur=")[0] for part in response.headers["server-timing"].split(", ")] == [
            "queue",
            "synth",
            "total",
        ]

        again = await served.client.post("/tts", json={"text": TWO, "seed": 7, "stream": False})
        assert again.content == data
        got = await served.client.get("/tts", params={"text": TWO, "seed": "7"})
        assert got.content == data
        pcm = await served.client.post("/tts", json={"text": TWO, "seed": 7, "format": "pcm"})
        assert pcm.headers["content-type"] == "audio/pcm;rate=24000;channels=1"
        assert pcm.content == data[44:]

        free = await served.client.post("/tts", json={"text": TWO})
        named = await served.client.post("/tts", json={"text": TWO, "seed": int(free.headers["x-seed"])})
        assert named.content == free.content


async def test_a_pause_is_silence_for_who_is_trusted_and_words_for_others(tmp_path: Path) -> None:
    text = "Hello there, all of you. [pause 1.5s] And good night."
    async with serving(tmp_path) as served:
        said = await served.client.post("/tts", json={"text": text, "pauses": True})
        samples, rate = soundfile.read(io.BytesIO(said.content))
        still = np.flatnonzero(np.abs(samples) > 1e-3)
        assert np.diff(still).max() / rate == pytest.approx(1.5, abs=0.05)
        assert float(said.headers["x-audio-duration"]) == pytest.approx(0.06 * 40 + 1.5, abs=0.2)
        read = await served.client.post("/tts", json={"text": text})
        samples, rate = soundfile.read(io.BytesIO(read.content))
        assert np.diff(np.flatnonzero(np.abs(samples) > 1e-3)).max() / rate < 0.5
        for bad in ("Hi [pause 11s] you", "[pause 1s]"):
            refused = await served.client.post("/tts", json={"text": bad, "pauses": True})
            assert refused.status_code in (400, 422), refused.text


async def test_what_could_not_be_said_and_what_was_made_twice_is_told(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        text = f"Hello there, \U00020000\U00020001. {MUTE_ONCE}"
        for _ in range(2):  # the second is from the cache
            response = await served.client.post("/tts", json={"text": text, "seed": 5})
            assert (response.headers["x-unspoken"], response.headers["x-retakes"]) == ("2", "1")
        plain = await served.client.post("/tts", json={"text": "Hello there."})
        assert (plain.headers["x-unspoken"], plain.headers["x-retakes"]) == ("0", "0")
        found = (await served.client.get("/metrics")).text
        assert 'tts_retaken_total{flaw="silent"} 1.0' in found
        assert "tts_unspoken_characters_total 2.0" in found


@pytest.mark.parametrize(
    ("format", "media"),
    [
        ("mp3", "audio/mpeg"),
        ("opus", "audio/ogg; codecs=opus"),
        ("flac", "audio/flac"),
        ("aac", "audio/aac"),
    ],
)
async def test_every_format_whole_and_streamed(tmp_path: Path, format: str, media: str) -> None:
    async with serving(tmp_path) as served:
        body = {"text": TWO, "seed": 7}
        true = np.frombuffer((await served.client.post("/tts", json={**body, "format": "pcm"})).content, "<i2")
        for stream in (False, "audio"):
            response = await served.client.post("/tts", json={**body, "format": format, "stream": stream})
            assert (response.status_code, response.headers["content-type"]) == (200, media)
            sound = decode(response.content, 24_000)
            assert len(sound) == pytest.approx(len(true), abs=2400)
            assert np.sqrt(np.mean(sound**2)) == pytest.approx(np.sqrt(np.mean((true / 32768) ** 2)), rel=0.06)


async def test_the_voice_is_the_callers_or_that_of_the_language(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        for body, voice in [
            ({"text": "Hello there."}, "ann"),
            ({"text": "欢迎来到直播间。"}, "mei"),
            ({"text": "Hello there.", "voice": "mei"}, "mei"),
        ]:
            response = await served.client.post("/tts", json=body)
            assert (response.status_code, response.headers["x-voice"]) == (200, voice)


async def test_wishes_reach_the_engine(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        slow = await served.client.post("/tts", json={"text": "Hello there.", "speed": 0.5})
        fast = await served.client.post("/tts", json={"text": "Hello there.", "speed": 2})
        ratio = float(slow.headers["x-audio-duration"]) / float(fast.headers["x-audio-duration"])
        assert ratio == pytest.approx(4, rel=0.05)
        quiet = await served.client.post("/tts", json={"text": "Hello there.", "target_rms": 0.02})
        read, _ = soundfile.read(io.BytesIO(quiet.content))
        assert np.sqrt(np.mean(read**2)) == pytest.approx(0.02, rel=0.05)


async def test_the_request_id_is_the_callers_if_it_can_be_one(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        spoken = await served.client.post("/tts", json={"text": "Hi."}, headers={"X-Request-ID": "mine-1"})
        assert spoken.headers["x-request-id"] == "mine-1"
        failed = await served.client.post("/tts", json={"text": ""}, headers={"X-Request-ID": "mine-2"})
        assert failed.headers["x-request-id"] == "mine-2"
        assert error_of(failed)["code"] == "nothing_to_say"
        minted = set()
        for bad in ("", "x" * 129, "a b", "tab\there"):
            response = await served.client.get("/healthz", headers={"X-Request-ID": bad})
            assert response.headers["x-request-id"] != bad
            minted.add(response.headers["x-request-id"])
        assert len(minted) == 4


async def test_one_error_in_the_middle_is_one_error_for_the_whole(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        response = await served.client.post("/tts", json={"text": "A first sentence that is fine. A bad one [error]."})
        assert response.status_code == 500
        assert error_of(response)["code"] == "synthesis_failed"
        assert (await served.client.post("/tts", json={"text": "Fine again."})).status_code == 200
