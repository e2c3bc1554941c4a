"""Voices of a stranger, with the real model."""

from __future__ import annotations

import io

import httpx
import numpy as np
import pytest
import soundfile

from ishowtts.audio.lufs import loudness
from tests.e2e.conftest import Server
from tests.voices.clips import clip

pytestmark = pytest.mark.slow

TEXTS = {"en": "Good evening everyone, and welcome to the stream.", "zh": "大家晚上好，欢迎来到直播间。"}


def spoken(server: Server, voice: str, language: str) -> np.ndarray:
    body = {"text": TEXTS[language], "voice": voice, "seed": 1}
    answer = httpx.post(f"{server.url}/tts", json=body, timeout=60).raise_for_status()
    return np.asarray(soundfile.read(io.BytesIO(answer.content))[0])


def test_every_voice_is_as_loud_as_the_others(server: Server) -> None:
    voices = server.get("/voices")["voices"]
    heard = {voice["id"]: loudness(spoken(server, voice["id"], voice["language"]), 24_000) for voice in voices}
    middle = float(np.mean([*heard.values()]))
    assert all(abs(value - middle) < 1 for value in heard.values()), heard


def test_an_uploaded_clip_speaks_and_is_taken_back(server: Server) -> None:
    mine = httpx.post(
        f"{server.url}/voices",
        files={"audio": ("emma.flac", clip("emma"))},
        data={"text": next(v["text"] for v in server.get("/voices")["voices"] if v["id"] == "emma"),
              "id": "e2e-emma", "consent": "true"},
        timeout=60,
    ).raise_for_status().json()  # fmt: skip
    try:
        assert mine["upload"]["warnings"] == []
        sound = spoken(server, "e2e-emma", "en")
        assert 1.5 < sound.size / 24_000 < 6
        assert loudness(sound, 24_000) == pytest.approx(-20.7, abs=1)
        preview = httpx.get(f"{server.url}/voices/e2e-emma/preview", timeout=60)
        assert preview.status_code == 200
    finally:
        httpx.delete(f"{server.url}/voices/e2e-emma", timeout=30).raise_for_status()
    assert httpx.get(f"{server.url}/voices/e2e-emma", timeout=30).status_code == 404
