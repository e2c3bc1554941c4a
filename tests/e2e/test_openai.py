"""OpenAI's own client and the real model."""

from __future__ import annotations

import numpy as np
import openai
import pytest
from openai import OpenAI

from ishowtts.audio.decode import decode
from ishowtts.audio.encode import FORMATS
from tests.e2e.conftest import Server

pytestmark = pytest.mark.slow

LINES = {
    "en": ("Good evening, and welcome. Here comes the second sentence of this test.", "fenrir"),
    "zh": ("晚上好，欢迎来到直播间。", "yunjian"),
}


@pytest.mark.parametrize("language", LINES)
def test_every_format_is_the_same_speech(server: Server, language: str) -> None:
    text, voice = LINES[language]
    lengths = {}
    with OpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0, timeout=120) as client:
        for format in FORMATS:
            with client.audio.speech.with_streaming_response.create(
                model="tts-1", voice="onyx", input=text, response_format=format, extra_body={"seed": 5, "nfe_step": 5}
            ) as response:
                assert response.headers["x-voice"] == voice
                data = b"".join(response.iter_bytes())
            sound = np.frombuffer(data, "<i2") / 32768 if format == "pcm" else decode(data, 24_000)
            assert 0.02 < float(np.sqrt(np.mean(sound**2))) < 0.3
            lengths[format] = len(sound)
    assert 24_000 < lengths["pcm"] < 10 * 24_000
    assert all(length == pytest.approx(lengths["pcm"], abs=2400) for length in lengths.values()), lengths


def test_a_mistake_is_told_by_type(server: Server) -> None:
    with OpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0) as client:
        assert "f5-mini" in [model.id for model in client.models.list()]
        with pytest.raises(openai.NotFoundError) as caught:
            client.audio.speech.create(model="tts-1", voice="hart", input="Hello.")
    assert (caught.value.code, caught.value.param) == ("voice_not_found", "voice")
    assert "'heart'" in caught.value.message
