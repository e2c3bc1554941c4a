"""Words and spans in answers, and the times of single characters."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ishowtts.api.timestamps import character_times
from ishowtts.synthesis.speak import Chunk
from ishowtts.text.timing import WordTime, spread_words
from tests.api.server import Served, error_of, serving

pytestmark = pytest.mark.anyio

WRITTEN = (
    "  \U0001f469\u200d\U0001f467 Hello,\tyou all: it's  $3.50!\n\nNow\u200b cafe\u0301s close 😀。"
    "我们明天  见，好吗？ "
)


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path) as served:
        yield served


def events_of(text: str) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for block in text.replace("\r\n", "\n").split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
        if fields.get("data", "").startswith("{"):
            found.append((fields["event"], json.loads(fields["data"])))
    return found


async def audio_of(served: Served, **body: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    response = await served.client.post("/tts", json={"text": WRITTEN, "stream": "sse", **body})
    assert response.status_code == 200
    events = events_of(response.text)
    return events[0][1], [data for kind, data in events if kind == "audio"]


@pytest.mark.parametrize("wishes", [{}, {"speed": 2.0}, {"remove_silence": True}, {"cross_fade_duration": 0.3}])
async def test_every_word_is_told_where_it_was_written_and_when_it_is_heard(
    served: Served, wishes: dict[str, Any]
) -> None:
    meta, audio = await audio_of(served, timestamps="word", **wishes)
    assert meta["timestamps"] == "word"
    total = sum(event["duration"] for event in audio)
    clock, place = 0.0, 0
    written = []
    for event in audio:
        start, end = event["span"]
        assert place <= start < end <= len(WRITTEN)
        assert event["estimated"] is True
        for word in event["words"]:
            assert word["text"] == WRITTEN[word["start"] : word["end"]]
            assert start <= word["start"] < word["end"] <= end
            assert clock <= word["t0"] <= word["t1"] <= total + 0.0005
            clock = word["t1"]
            written.append(word["text"].replace("\u200b", ""))
        place = end
    english = ["Hello", "you", "all", "it's", "$3.50", "Now", "cafe\u0301s", "close"]
    assert written == [*english, "我", "们", "明", "天", "见", "好", "吗"]


async def test_how_much_is_told_is_the_callers_wish(served: Served) -> None:
    for wish, fields in [
        (None, {"span"}),
        ("segment", {"span"}),
        ("none", set()),
        ("word", {"span", "words", "estimated"}),
    ]:
        meta, audio = await audio_of(served, timestamps=wish)
        assert meta["timestamps"] == (wish or "segment")
        for event in audio:
            assert set(event) == {"seq", "t0", "duration", "text", "audio"} | fields
    response = await served.client.get("/tts", params={"text": "Hi.", "stream": "sse", "timestamps": "word"})
    assert [word["text"] for word in events_of(response.text)[1][1]["words"]] == ["Hi"]


async def test_a_file_cannot_hold_timestamps_and_that_is_said(served: Served) -> None:
    for route, body in [
        ("/tts", {"text": "Hi.", "timestamps": "word"}),
        ("/tts", {"text": "Hi.", "timestamps": "segment", "stream": "audio"}),
        ("/v1/audio/speech", {"input": "Hi.", "timestamps": "word"}),
        ("/tts", {"text": "Hi.", "timestamps": "phoneme", "stream": "sse"}),
    ]:
        response = await served.client.post(route, json=body)
        assert response.status_code in (400, 422)
        assert error_of(response)["param"] == "timestamps"
    assert (await served.client.post("/tts", json={"text": "Hi.", "timestamps": "none"})).status_code == 200


@pytest.mark.parametrize("format", ["pcm", "mp3", "wav"])
async def test_openais_deltas_carry_them_when_asked(served: Served, format: str) -> None:
    body = {"input": WRITTEN, "model": "tts-1", "stream_format": "sse", "response_format": format}
    plain = events_of((await served.client.post("/v1/audio/speech", json=body)).text)
    told = events_of((await served.client.post("/v1/audio/speech", json={**body, "timestamps": "word"})).text)
    assert all(set(data) == {"type", "audio"} for kind, data in plain if kind.endswith("delta"))
    words = [word for _, data in told for word in data.get("words", [])]
    assert [word["text"] for word in words] == [WRITTEN[word["start"] : word["end"]] for word in words]
    assert len(words) == 15
    assert all(base64.b64decode(data["audio"]) or "words" in data for kind, data in told if kind.endswith("delta"))


def chunk_of(seconds: float, words: tuple[WordTime, ...], t0: float = 0.0) -> Chunk:
    return Chunk(np.zeros(round(seconds * 1000), np.float32), 1000, "", 0, 1, t0, words=words)


def test_characters_share_the_time_of_their_word_and_marks_the_pause() -> None:
    words = (WordTime(1, 3, 0.2, 0.6), WordTime(5, 6, 1.0, 1.1))
    times = character_times("(ab, c.", 0, 7, chunk_of(1.5, words))
    expected = [(0, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1.0), (1.0, 1.1), (1.1, 1.5)]
    assert np.allclose(times, expected)


def test_characters_are_spread_where_the_engine_says_nothing() -> None:
    times = character_times("ab cd", 0, 5, chunk_of(1.0, (), t0=2.0), 2.0)
    assert times[0][0] == 2.0
    assert times[-1][1] == pytest.approx(3.0)
    assert character_times("", 0, 0, chunk_of(1.0, ())) == []
    assert character_times("…", 0, 1, chunk_of(1.0, ())) == [(0.0, 1.0)]


@given(st.text(alphabet="ab 你.,\u0301\U0001f600", max_size=30), st.floats(0, 5), st.data())
def test_characters_follow_each_other_to_the_end(text: str, seconds: float, data: st.DataObject) -> None:
    words = spread_words(text, seconds)
    kept = tuple(word for word in words if data.draw(st.booleans()))
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    times = character_times(text, start, end, chunk_of(seconds, kept))
    assert len(times) == end - start
    clock = 0.0
    for t0, t1 in times:
        assert clock - 1e-9 <= t0 <= t1
        clock = t1
    assert clock <= seconds + 0.001
