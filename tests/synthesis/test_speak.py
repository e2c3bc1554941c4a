from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ishowtts.audio.loudness import speech_rms
from ishowtts.engine.job import Job
from ishowtts.errors import (
    Cancelled,
    DeadlineExceeded,
    InvalidRequest,
    NothingToSay,
    QueueFull,
    SynthesisFailed,
    TextTooLong,
)
from ishowtts.serving.cancel import CancelToken
from ishowtts.serving.channel import SPAWN
from ishowtts.synthesis.request import SEEDS
from ishowtts.synthesis.speak import Chunk, Speaker
from tests.fakes import ERROR, SAMPLE_RATE, FakeFactory, expected_pcm
from tests.serving.running import PATIENCE, until
from tests.synthesis.speech import THREE, VOICE, request, speaking_worker

pytestmark = pytest.mark.anyio


async def collect(speaker: Speaker, **changes: object) -> list[Chunk]:
    async with asyncio.timeout(PATIENCE):
        return [chunk async for chunk in speaker.speak(request(**changes), CancelToken())]


async def test_a_text_becomes_one_gapless_stream_of_all_its_segments() -> None:
    async with speaking_worker() as (_, speaker):
        speaking = speaker.speak(request(), CancelToken())
        chunks = [chunk async for chunk in speaking]

        assert len(speaking.segments) > 1
        letters = "".join(filter(str.isalnum, THREE))
        assert "".join(c for segment in speaking.segments for c in segment if c.isalnum()) == letters
        assert [chunk.text for chunk in chunks] == speaking.segments
        assert [chunk.index for chunk in chunks] == list(range(len(chunks)))
        assert {chunk.segments for chunk in chunks} == {len(chunks)}
        clock = 0.0
        for chunk in chunks:
            assert chunk.t0 == pytest.approx(clock)
            clock += chunk.duration

        sampling = request().sampling
        said = [
            expected_pcm(Job("", text, VOICE.reference(), replace(sampling, seed=sampling.seed + index)))
            for index, text in enumerate(speaking.segments)
        ]
        fade = round(0.015 * SAMPLE_RATE)
        whole = np.concatenate([chunk.pcm for chunk in chunks])
        assert whole.size == sum(part.size for part in said) - fade * (len(said) - 1)
        middle = slice(1000, said[0].size - 1000)
        np.testing.assert_array_equal(whole[middle], said[0][middle])

        speech = speaking.speech
        assert speech.audio_seconds == pytest.approx(whole.size / SAMPLE_RATE)
        assert 0 < speech.first_audio_seconds <= speech.total_seconds
        assert speech.rtf == pytest.approx(speech.synthesis_seconds / speech.audio_seconds)

        again = await collect(speaker)
        np.testing.assert_array_equal(np.concatenate([chunk.pcm for chunk in again]), whole)
        other = await collect(speaker, seed=SEEDS - 1)  # the seeds of later segments wrap
        assert not np.array_equal(np.concatenate([chunk.pcm for chunk in other])[:9000], whole[:9000])


async def test_wishes_about_sound_are_met() -> None:
    async with speaking_worker() as (_, speaker):
        plain = await collect(speaker, text="Hello there.")
        loud = await collect(speaker, text="Hello there.", target_rms=0.15)
        assert speech_rms(loud[0].pcm) == pytest.approx(0.15, rel=0.02)
        assert loud[0].pcm.size == plain[0].pcm.size
        shortened = await collect(speaker, text="Hello there.", remove_silence=True)
        assert shortened[0].pcm.size == plain[0].pcm.size  # a tone has no pause
        no_fade = await collect(speaker, cross_fade_duration=0.0)
        long_fade = await collect(speaker, cross_fade_duration=0.2)
        lost = sum(c.pcm.size for c in no_fade) - sum(c.pcm.size for c in long_fade)
        assert lost == (len(no_fade) - 1) * round(0.2 * SAMPLE_RATE)


async def test_first_sound_leaves_before_the_last_segment_is_made(tmp_path: Path) -> None:
    gate, steps = SPAWN.Semaphore(0), tmp_path / "steps"
    async with speaking_worker(FakeFactory(max_batch=1, gate=gate, steps_file=steps)) as (worker, speaker):
        speaking = speaker.speak(request(), CancelToken())
        for _ in range(4):  # the steps of one segment, and not one more
            gate.release()
        async with asyncio.timeout(PATIENCE):
            first = await anext(speaking)
        assert first.index == 0
        assert first.pcm.size > 0
        assert steps.stat().st_size == 4
        waiting = worker.status()
        assert waiting.queued + waiting.running == len(speaking.segments) - 1
        await speaking.aclose()

        def idle() -> bool:
            gate.release()  # a step may begin before the cancel is read, and must not wait for ever
            return worker.status().queued + worker.status().running == 0

        await until(idle)
        assert steps.stat().st_size < 4 * len(speaking.segments)


async def test_the_callers_token_stops_every_segment_within_a_step(tmp_path: Path) -> None:
    steps = tmp_path / "steps"
    factory = FakeFactory(step_seconds=0.02, steps_file=steps, max_batch=8)
    async with speaking_worker(factory) as (worker, speaker):
        token = CancelToken()
        speaking = speaker.speak(request(nfe_step=64), token)
        count = len(speaking.segments)
        first = asyncio.create_task(anext(speaking))
        await until(steps.exists)
        token.cancel("enough")
        with pytest.raises(Cancelled):
            await first
        await until(lambda: worker.status().queued + worker.status().running == 0)
        assert steps.stat().st_size < 20 * count
        with pytest.raises(Cancelled):
            await anext(speaker.speak(request(), token))


async def test_an_error_in_one_segment_ends_the_speech_and_the_other_jobs() -> None:
    text = f"A good first sentence is here. A bad one {ERROR} comes second. And there is a third one after it."
    async with speaking_worker(FakeFactory(step_seconds=0.01)) as (worker, speaker):
        with pytest.raises(SynthesisFailed):
            await collect(speaker, text=text, nfe_step=32)
        await until(lambda: worker.status().queued + worker.status().running == 0)
        assert await collect(speaker, text="The next one works.")


async def test_too_late_is_an_error_and_stops_the_work() -> None:
    async with speaking_worker(FakeFactory(step_seconds=0.05)) as (worker, speaker):
        with pytest.raises(DeadlineExceeded):
            await anext(speaker.speak(request("Hi.", nfe_step=64), CancelToken(), timeout=0.3))
        await until(lambda: worker.status().queued + worker.status().running == 0)


async def test_a_slow_listener_is_neither_too_late_nor_counted() -> None:
    async with speaking_worker() as (_, speaker):
        speaking = speaker.speak(request(), CancelToken(), timeout=1.0)
        async for _ in speaking:
            await asyncio.sleep(0.6)
        assert speaking.speech.total_seconds < 0.6


async def test_a_full_queue_takes_all_of_a_text_or_none() -> None:
    gate = SPAWN.Semaphore(0)
    async with speaking_worker(FakeFactory(gate=gate), max_jobs=3) as (worker, speaker):
        speaking = speaker.speak(request("One short sentence."), CancelToken())
        first = asyncio.create_task(anext(speaking))
        await until(lambda: worker.status().running == 1)
        with pytest.raises(QueueFull) as caught:
            await anext(speaker.speak(request(), CancelToken()))
        assert caught.value.retry_after is not None
        assert worker.status().queued + worker.status().running == 1
        for _ in range(4):
            gate.release()
        assert (await first).pcm.size


async def test_what_can_never_be_spoken_is_refused_at_once() -> None:
    async with speaking_worker(max_jobs=2) as (_, speaker):
        with pytest.raises(TextTooLong, match="queue"):
            speaker.speak(request(f"{THREE} {THREE}"), CancelToken())
        with pytest.raises(InvalidRequest) as caught:
            speaker.speak(request(f"{THREE} {THREE}", fix_duration=10.0), CancelToken())
        assert caught.value.param == "fix_duration"
        with pytest.raises(NothingToSay):
            speaker.speak(request(" "), CancelToken())


async def test_speed_changes_how_much_text_makes_a_segment() -> None:
    async with speaking_worker() as (_, speaker):
        slow, fast = (len(speaker.speak(request(speed=speed), CancelToken()).segments) for speed in (0.5, 4.0))
        assert slow > fast == 1


async def test_timings_count_the_wait_for_others() -> None:
    async with speaking_worker(FakeFactory(step_seconds=0.05, max_batch=1)) as (_, speaker):
        one, two = (speaker.speak(request("One short sentence.", seed=seed), CancelToken()) for seed in (1, 2))
        started = time.monotonic()
        await asyncio.gather(anext(one), anext(two))
        assert two.speech.queue_seconds >= 0.15
        assert two.speech.first_audio_seconds <= time.monotonic() - started + 0.05
