"""What is said for what was written: shown by a route, and done by every other."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.server import Served, error_of, serving

pytestmark = pytest.mark.anyio

NORMALIZE = "/v1/text/normalize"
PRICE = "It  costs $3.50\u200b, 今天3月5日。"


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path) as served:
        yield served


async def test_it_says_what_is_spoken_and_which_rule_did_what_where(served: Served) -> None:
    response = await served.client.post(NORMALIZE, json={"text": PRICE + " https://a.example/x Привет 😂"})
    assert response.status_code == 200
    told = response.json()
    assert told["spoken"] == "It costs three dollars and fifty cents, 今天三月五日。 a 点 example Привет"
    assert told["text"].startswith(PRICE)
    changes = {(told["text"][c["start"] : c["end"]], c["spoken"], c["rule"]) for c in told["changes"]}
    assert ("$3.50\u200b", "three dollars and fifty cents", "money") in changes
    assert ("3", "三", "number") in changes
    assert ("😂", "", "emoji") in changes
    assert all(c["text"] == told["text"][c["start"] : c["end"]] for c in told["changes"])
    assert [told["text"][a:b] for a, b in told["unknown"]] == ["Привет"]


@pytest.mark.parametrize(
    ("wishes", "spoken"),
    [
        ({"text": "https://a.example/x ok", "links": "skip"}, "ok"),
        ({"text": "好😂", "emoji": "name"}, "好笑哭了"),
        ({"text": "2kg", "language": "zh"}, "两公斤"),
        ({"text": "2kg"}, "two kilograms"),
        ({"text": "brb", "slang": False}, "brb"),
        ({"text": "👍"}, ""),
        ({"text": ""}, ""),
    ],
)
async def test_rules_can_be_tried(served: Served, wishes: dict[str, Any], spoken: str) -> None:
    response = await served.client.post(NORMALIZE, json=wishes)
    assert response.json()["spoken"] == spoken


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"text": "a" * 100_000}, 400, "text_too_long"),
        ({"text": "a\0"}, 400, "invalid_value"),
        ({"text": "a", "emoji": "draw"}, 400, "invalid_value"),
        ({}, 400, "invalid_value"),
    ],
)
async def test_what_cannot_be_read_is_told(served: Served, body: dict[str, Any], status: int, code: str) -> None:
    response = await served.client.post(NORMALIZE, json=body)
    assert (response.status_code, error_of(response)["code"]) == (status, code)


async def words_of(served: Served, **body: Any) -> list[dict[str, Any]]:
    wishes = {"stream": "sse", "timestamps": "word", "seed": 1, **body}
    response = await served.client.post("/tts", json=wishes)
    assert response.status_code == 200, response.text
    blocks = response.text.replace("\r\n", "\n").split("\n\n")
    events = [dict(line.split(": ", 1) for line in block.split("\n") if ": " in line) for block in blocks]
    audio = [json.loads(event["data"]) for event in events if event.get("event") == "audio"]
    return [word for event in audio for word in event["words"]]


async def test_words_and_places_are_those_of_the_text_that_was_sent(served: Served) -> None:
    words = await words_of(served, text=PRICE)
    assert [word["text"] for word in words] == ["It", "costs", "$3.50\u200b", "今", "天", "3", "月", "5", "日"]
    assert all(PRICE[word["start"] : word["end"]] == word["text"] for word in words)
    price = words[2]
    assert price["t1"] - price["t0"] > 5 * (words[1]["t1"] - words[1]["t0"])
    plain = (await words_of(served, text=PRICE, normalize=False))[2]
    assert plain["text"] == price["text"]
    assert plain["t1"] - plain["t0"] < 0.5 * (price["t1"] - price["t0"])


async def test_every_route_reads_aloud_and_can_be_told_not_to(served: Served) -> None:
    async def seconds(path: str, **body: Any) -> float:
        response = await served.client.post(path, json={"seed": 1, **body})
        assert response.status_code == 200, response.text
        return len(response.content)

    text = "12345678 12345678 12345678"
    eleven, openai = "/v1/text-to-speech/ann?output_format=pcm_24000", "/v1/audio/speech"
    for path, on, off in [
        ("/tts", {"text": text}, {"normalize": False}),
        (openai, {"input": text, "response_format": "pcm"}, {"normalize": False}),
        (eleven, {"text": text}, {"apply_text_normalization": "off"}),
    ]:
        assert await seconds(path, **on) > 3 * await seconds(path, **on, **off)


async def test_what_is_all_skipped_is_nothing_to_say(tmp_path: Path) -> None:
    async with serving(tmp_path, text={"links": "skip", "lexicon": {"Foo": "bar"}}) as served:
        response = await served.client.post("/tts", json={"text": "https://a.example/x"})
        assert (response.status_code, error_of(response)["code"]) == (422, "nothing_to_say")
        response = await served.client.post(NORMALIZE, json={"text": "foo, Fool"})
        assert response.json()["spoken"] == "bar, Fool"
