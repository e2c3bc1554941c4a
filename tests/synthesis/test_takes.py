from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from ishowtts.errors import Cancelled, QueueFull, RateLimited, SynthesisFailed
from ishowtts.serving.cancel import CancelToken
from ishowtts.serving.channel import SPAWN
from ishowtts.serving.claim import Sender
from ishowtts.synthesis.sound import Chunk
from ishowtts.synthesis.speak import Speaker, Speaking
from ishowtts.synthesis.take import SHORTEST_CLAIM, claims_of
from tests.fakes import ERROR, FakeFactory
from tests.serving.running import PATIENCE, until
from tests.synthesis.speech import THREE, request, speaking_worker

pytestmark = pytest.mark.anyio


async def all_of(speaking: Speaking) -> list[Chunk]:
    async with asyncio.timeout(PATIENCE):
        return [chunk async for chunk in speaking]


def pcm_of(chunks: list[Chunk]) -> np.ndarray:
    return np.concatenate([chunk.pcm for chunk in chunks])


def speak(speaker: Speaker, text: str = THREE, **changes: object) -> Speaking:
    return speaker.speak(request(text, **changes), CancelToken())


async def test_the_same_again_costs_no_step(tmp_path: Path) -> None:
    steps = tmp_path / "steps"
    async with speaking_worker(FakeFactory(steps_file=steps)) as (_, speaker):
        first = speak(speaker)
        sound = pcm_of(await all_of(first))
        cost = steps.stat().st_size
        again = speak(speaker, request_id="other")
        np.testing.assert_array_equal(pcm_of(await all_of(again)), sound)
        assert steps.stat().st_size == cost
        assert (first.speech.cache, again.speech.cache) == ("miss", "hit")
        assert again.speech.audio_seconds == first.speech.audio_seconds
        assert again.speech.synthesis_seconds == again.speech.rtf == 0
        assert again.request.request_id == "other"
        assert (speaker.takes.hits, speaker.takes.misses) == (1, 1)
        for change in ({"seed": 5}, {"speed": 1.5}, {"target_rms": 0.2}, {"text": "Another text."}, {"fresh": True}):
            other = speak(speaker, **change)
            await all_of(other)
            assert other.speech.cache == "miss", change


async def test_a_seed_that_was_not_asked_for_may_be_any_and_is_told() -> None:
    async with speaking_worker() as (_, speaker):
        one, two = (speak(speaker, seed=seed, any_seed=True) for seed in (3, 4))
        np.testing.assert_array_equal(pcm_of(await all_of(one)), pcm_of(await all_of(two)))
        assert two.request.sampling.seed == 3
        asked = speak(speaker, seed=4)
        await all_of(asked)
        assert asked.speech.cache == "miss"


async def test_many_at_once_share_one_take_and_it_goes_on_without_the_first(tmp_path: Path) -> None:
    steps, gate = tmp_path / "steps", SPAWN.Semaphore(0)
    async with speaking_worker(FakeFactory(gate=gate, steps_file=steps, max_batch=1)) as (worker, speaker):
        speakings = [speak(speaker) for _ in range(20)]
        listeners = [asyncio.create_task(all_of(each)) for each in speakings]
        await until(lambda: worker.status().running)
        assert worker.status().queued + worker.status().running == len(speakings[0].segments)
        leaver = listeners.pop(0)
        leaver.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaver
        for _ in range(200):
            gate.release()
        sounds = [pcm_of(chunks) for chunks in await asyncio.gather(*listeners)]
        for sound in sounds:
            np.testing.assert_array_equal(sound, sounds[0])
        assert steps.stat().st_size == 4 * len(speakings[0].segments)
        assert [each.speech.cache for each in speakings] == ["miss"] + 19 * ["shared"]
        assert all(each.speech.first_audio_seconds > 0 for each in speakings[1:])


async def test_when_the_last_listener_has_gone_the_work_stops_and_nothing_is_kept(tmp_path: Path) -> None:
    steps = tmp_path / "steps"
    async with speaking_worker(FakeFactory(step_seconds=0.02, steps_file=steps)) as (worker, speaker):
        tokens = [CancelToken(), CancelToken()]
        firsts = [asyncio.create_task(anext(speaker.speak(request(nfe_step=64), token))) for token in tokens]
        await until(steps.exists)
        tokens[0].cancel("gone")
        with pytest.raises(Cancelled):
            await firsts[0]
        size = steps.stat().st_size
        await until(lambda: steps.stat().st_size > size)
        tokens[1].cancel("gone")
        with pytest.raises(Cancelled):
            await firsts[1]
        await until(lambda: worker.status().queued + worker.status().running == 0)
        assert steps.stat().st_size < 64
        assert speaker.takes.nbytes == 0
        after = speak(speaker)
        await all_of(after)
        assert after.speech.cache == "miss"


async def test_a_failure_is_told_to_all_and_not_kept() -> None:
    async with speaking_worker() as (_, speaker):
        results = await asyncio.gather(
            *(all_of(speak(speaker, f"A bad one {ERROR}.")) for _ in range(3)), return_exceptions=True
        )
        assert [type(result) for result in results] == 3 * [SynthesisFailed]
        with pytest.raises(SynthesisFailed):
            await all_of(speak(speaker, f"A bad one {ERROR}."))
        assert speaker.takes.misses == 2


async def test_a_text_that_was_refused_is_tried_again() -> None:
    gate = SPAWN.Semaphore(0)
    async with speaking_worker(FakeFactory(gate=gate), max_jobs=1) as (worker, speaker):
        first = asyncio.create_task(all_of(speak(speaker, "One.")))
        await until(lambda: worker.status().running)
        with pytest.raises(QueueFull):
            await all_of(speak(speaker, "Two."))
        for _ in range(20):
            gate.release()
        await first
        await until(lambda: worker.status().queued + worker.status().running == 0)
        assert await all_of(speak(speaker, "Two."))


async def test_memory_is_bounded_and_the_longest_unused_goes_first() -> None:
    async with speaking_worker() as (_, speaker):
        takes = speaker.takes
        takes._max_bytes = 500_000
        for text in ("First text here.", "Second text here.", "Third text here.", "First text here."):
            await all_of(speak(speaker, text))
        assert takes.hits == 1
        for n in range(8):
            await all_of(speak(speaker, f"Text number {n} is here."))
            await all_of(speak(speaker, "First text here."))
            assert takes.nbytes <= 500_000
        assert takes.hits == 9, "what is used stays"
        before = takes.nbytes
        await all_of(speak(speaker, THREE))
        assert takes.nbytes == before, "one that is too long is not kept"


async def test_nothing_is_shared_where_the_memory_is_zero() -> None:
    async with speaking_worker() as (_, speaker):
        speaker.takes._max_bytes = 0
        both = [speak(speaker), speak(speaker)]
        await asyncio.gather(*map(all_of, both))
        await all_of(speak(speaker))
        assert speaker.takes.misses == 3
        assert speaker.takes.nbytes == 0


async def test_senders_have_limits_of_their_own() -> None:
    async with speaking_worker(limits={"user_requests": 6, "room_requests": 12}) as (_, speaker):
        sender = Sender("c", "room", "user")
        speak(speaker, sender=sender)
        with pytest.raises(RateLimited) as caught:
            speak(speaker, sender=sender)
        assert caught.value.retry_after == pytest.approx(10.0, abs=0.5)
        speak(speaker, sender=Sender("c", "room", "other"))
        with pytest.raises(RateLimited):
            speak(speaker, sender=Sender("c", "room", "third"))
        speak(speaker, sender=Sender("d", "room", "user"))
        speak(speaker, sender=Sender("c"))


def test_each_segment_is_wanted_when_those_before_it_were_heard() -> None:
    claims = claims_of(["A first sentence.", ",", "And the last."], speed=2.0)
    assert claims[0].offset == 0
    assert claims[1].seconds == SHORTEST_CLAIM
    for before, after in pairwise(claims):
        assert after.offset == pytest.approx(before.offset + before.seconds)
    assert claims_of(["A first sentence."])[0].seconds == pytest.approx(2 * claims[0].seconds)
