"""Word times of the real model against the sound it makes."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import numpy as np
import pytest

from ishowtts.bench.word_times import first_onset, inner_onsets
from ishowtts.text.timing import WordTime
from tests.e2e.conftest import Server

pytestmark = pytest.mark.slow

TEXT = (
    "  We begin with a short story 🦊 about   a fox.\n\nIt rained for seven days... and then, at half past nine, "
    "the sun came out. 今天天气很好，我们一起去公园吧。"
)


@pytest.mark.parametrize("wishes", [{}, {"remove_silence": True}, {"speed": 1.3, "voice": "george"}])
def test_words_begin_where_the_sound_does_after_a_pause(server: Server, wishes: dict[str, Any]) -> None:
    body = {"text": TEXT, "stream": "sse", "timestamps": "word", "seed": 7, **wishes}
    answer = httpx.post(f"{server.url}/tts", json=body, timeout=120)
    events = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith('data: {"seq"')]
    assert len(events) > 1
    sound = np.frombuffer(b"".join(base64.b64decode(e["audio"]) for e in events), "<i2").astype(np.float32) / 32768
    words = [WordTime(w["start"], w["end"], w["t0"], w["t1"]) for event in events for w in event["words"]]
    assert "".join(TEXT[a:b] for a, b, _, _ in words) == "".join(c for c in TEXT if c.isalnum())
    errors = first_onset(sound, 24_000, words) + inner_onsets(sound, 24_000, TEXT, words)
    assert len(errors) >= 3
    assert float(np.median(np.abs(errors))) < 0.06
    last = np.flatnonzero(np.abs(sound) > 0.03)[-1] / 24_000
    assert abs(words[-1].t1 - last) < 0.25
