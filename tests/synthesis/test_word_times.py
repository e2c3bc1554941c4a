"""Words and spans of speeches, through a real worker."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts.serving.cancel import CancelToken
from ishowtts.settings import Settings
from ishowtts.synthesis.request import SpeechRequest
from ishowtts.synthesis.speak import Chunk, Speaker
from ishowtts.synthesis.written import Written
from ishowtts.text.clean import clean, trace
from ishowtts.text.words import word_spans
from tests.fakes import SECONDS_PER_CHARACTER
from tests.serving.running import PATIENCE
from tests.synthesis.speech import request, speaking_worker

pytestmark = pytest.mark.anyio

WRITTEN = (
    "  Hello   there,\n\n\U0001f469\u200d\U0001f467 it costs  $3.50 … cafe\u0301 closes! "
    "我们  明天见。\u200b好吗？ And\tthe end"
)
BITS = [*"ab 9你好.,!\n\t。\u0301\u200b\ufe0f", "word ", ". ", "\U0001f600"]


def wanted(text: str, **changes: object) -> SpeechRequest:
    source = trace(text)
    return replace(request(source.text, **changes), written=Written(source))


async def collect(speaker: Speaker, asked: SpeechRequest) -> list[Chunk]:
    async with asyncio.timeout(PATIENCE):
        return [chunk async for chunk in speaker.speak(asked, CancelToken())]


def check(text: str, chunks: list[Chunk]) -> None:
    total = sum(chunk.duration for chunk in chunks)
    place, clock = 0, 0.0
    for chunk in chunks:
        start, end = chunk.span
        assert place <= start < end <= len(text)
        assert clean(text[start:end]).rstrip(".。") == chunk.text.rstrip(".。")
        for first, last, t0, t1 in chunk.words:
            assert place <= first < last <= end
            assert clock <= t0 <= t1 <= total + 1e-9
            place, clock = last, t1
        place = end
        assert [clean(text[a:b]) for a, b, _, _ in chunk.words] == [chunk.text[a:b] for a, b in word_spans(chunk.text)]
    inside = {i for chunk in chunks for a, b, _, _ in chunk.words for i in range(a, b)}
    assert inside >= {i for i, c in enumerate(text) if c.isalnum()}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"remove_silence": True},
        {"speed": 0.5},
        {"speed": 2.0},
        {"cross_fade_duration": 0.0},
        {"cross_fade_duration": 0.5},
        {"fix_duration": 20.0},
    ],
)
async def test_every_word_has_a_place_and_a_time(changes: dict[str, object]) -> None:
    async with speaking_worker(max_segment_seconds=30 if "fix_duration" in changes else 3.0) as (_, speaker):
        chunks = await collect(speaker, wanted(WRITTEN, **changes))
        assert len(chunks) == 1 if "fix_duration" in changes else len(chunks) > 1
        check(WRITTEN, chunks)


async def test_times_are_those_of_the_engine() -> None:
    """The fake's sound has no silence, so only fades move what it says."""
    async with speaking_worker() as (_, speaker):
        fade = 0.1
        chunks = await collect(speaker, wanted(WRITTEN, cross_fade_duration=fade))
        begin = 0.0
        for chunk in chunks:
            for word, (start, _) in list(zip(chunk.words, word_spans(chunk.text), strict=True))[1:]:
                assert word.t0 == pytest.approx(begin + start * SECONDS_PER_CHARACTER, abs=1e-3)
            begin += len(chunk.text) * SECONDS_PER_CHARACTER - fade


async def test_who_shares_a_sound_gets_places_in_their_own_text() -> None:
    async with speaking_worker() as (_, speaker):
        plain, spaced = "Hello there, you.", "\n Hello\t\tthere, \u200byou."
        one = asyncio.create_task(collect(speaker, wanted(plain)))
        two = asyncio.create_task(collect(speaker, wanted(spaced)))
        first, second = await one, await two
        assert first[0].pcm is second[0].pcm
        check(plain, first)
        check(spaced, second)
        assert [word[2:] for word in first[0].words] == [word[2:] for word in second[0].words]


@settings(deadline=None, max_examples=100)
@given(st.lists(st.sampled_from(BITS), max_size=120).map("".join))
def test_every_letter_is_in_one_segment(text: str) -> None:
    source = trace(text)
    if not any(c.isalnum() for c in source.text):
        return
    settings = Settings.model_validate({"synthesis": {"first_segment_seconds": 1.0, "max_segment_seconds": 2.0}})
    speaker = Speaker(None, settings)  # type: ignore[arg-type]  # nothing is said
    asked = replace(request(source.text), written=Written(source))
    speaking = speaker.speak(asked, CancelToken())
    place, inside = 0, set()
    for segment, (a, b) in zip(speaking.segments, speaking.spans, strict=True):
        assert place <= a < b <= len(text)
        assert clean(text[a:b]).strip(".。 ") == segment.strip(".。 ")
        place = b
        inside |= set(range(a, b))
    assert inside >= {i for i, c in enumerate(text) if c.isalnum()}
