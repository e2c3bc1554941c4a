"""A stranger with curl."""

from __future__ import annotations

import json
import shutil
import subprocess
import wave
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile as sf

from tests.e2e.conftest import Server

pytestmark = pytest.mark.slow

LINES = {"en": ("Hello, and welcome to the stream.", (1.0, 5.0)), "zh": ("欢迎来到直播间。", (0.8, 5.0))}


@pytest.mark.parametrize("language", LINES)
def test_a_wav_that_every_reader_reads(server: Server, tmp_path: Path, language: str) -> None:
    text, (shortest, longest) = LINES[language]
    path = tmp_path / "a.wav"
    subprocess.run(
        ["curl", "-sS", "-X", "POST", f"{server.url}/tts", "-H", "content-type: application/json",
         "-d", json.dumps({"text": text}), "-o", str(path), "--fail-with-body"],
        check=True,
    )  # fmt: skip
    with wave.open(str(path)) as reader:
        assert (reader.getframerate(), reader.getnchannels(), reader.getsampwidth()) == (24_000, 1, 2)
        frames = reader.getnframes()
        assert len(reader.readframes(frames + 1)) == 2 * frames
    sound, rate = sf.read(path, dtype="float32")
    assert (len(sound), rate) == (frames, 24_000)
    assert shortest < frames / rate < longest
    assert 0.02 < float(np.sqrt(np.mean(sound**2))) < 0.3
    assert float(np.abs(sound).max()) <= 1.0
    if shutil.which("ffprobe") is None:
        pytest.skip("wave and soundfile read it; ffprobe is not installed")
    probe = subprocess.run(
        ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", str(path)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert float(probe.stdout) == pytest.approx(frames / rate, abs=0.01)


def test_the_voice_follows_the_language(server: Server) -> None:
    default = server.get("/voices")["default"]
    for language, (text, _) in LINES.items():
        answer = httpx.post(f"{server.url}/tts", json={"text": text, "nfe_step": 5}, timeout=60)
        assert answer.headers["x-voice"] == default[language]


def test_a_seed_is_the_same_sound_again(server: Server) -> None:
    body = {"text": "The same again, please.", "nfe_step": 5}
    first = httpx.post(f"{server.url}/tts", json=body, timeout=60)
    again = httpx.post(f"{server.url}/tts", json={**body, "seed": int(first.headers["x-seed"])}, timeout=60)
    kept = httpx.post(f"{server.url}/tts", json=body, timeout=60)
    other = httpx.post(f"{server.url}/tts", json=body, headers={"cache-control": "no-cache"}, timeout=60)
    assert first.content == again.content == kept.content
    assert kept.headers["x-cache"] == "hit"
    assert first.headers["x-seed"] != other.headers["x-seed"]
    assert first.content != other.content


def test_first_sound_leaves_before_the_last_is_made(server: Server) -> None:
    text = " ".join(f"This is sentence number {n} of a long text, and it goes on for a while." for n in range(1, 6))
    arrivals: list[float] = []
    import time

    began = time.monotonic()
    with httpx.stream("POST", f"{server.url}/tts", json={"text": text, "stream": "sse"}, timeout=120) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        events = []
        for line in answer.iter_lines():
            if line.startswith("event:"):
                events.append(line.removeprefix("event:").strip())
                arrivals.append(time.monotonic() - began)
    assert events[0] == "meta"
    assert events[-1] == "done"
    sounds = [at for at, event in zip(arrivals, events, strict=True) if event == "audio"]
    assert len(sounds) >= 4
    assert sounds[0] < sounds[-1] / 2
