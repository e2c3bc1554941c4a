"""One recording of a text: its segments go to the worker together, and its sound grows here, for all who listen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol
from uuid import uuid4

import numpy as np

from ishowtts.audio.join import Joiner
from ishowtts.audio.loudness import normalise
from ishowtts.audio.silence import long_pauses, without
from ishowtts.engine.job import Job
from ishowtts.errors import Cancelled, DeadlineExceeded, SpeechError, SynthesisFailed
from ishowtts.priority import Priority
from ishowtts.serving.cancel import CancelToken
from ishowtts.serving.claim import LOCAL, Claim, Sender
from ishowtts.serving.ledger import Order, Synthesised
from ishowtts.synthesis.request import SEEDS, SpeechRequest
from ishowtts.synthesis.sound import Chunk, Made, Speech
from ishowtts.synthesis.timeline import in_speech
from ishowtts.text.pace import predicted_seconds
from ishowtts.text.timing import WordTime

SHORTEST_CLAIM = 0.3
"""Seconds of sound that the least of jobs is charged: opening it costs something too."""

Sound = asyncio.Future[Synthesised]


class Synthesiser(Protocol):
    """What speaks jobs: the local worker, or one elsewhere."""

    def admit(
        self, orders: Sequence[Order], token: CancelToken, deadline: float | None = None, key: int | None = None
    ) -> list[Sound]: ...


def claims_of(
    segments: Sequence[str],
    sender: Sender = LOCAL,
    priority: Priority = "normal",
    speed: float = 1.0,
    name: str = "",
) -> list[Claim]:
    """One for each segment of a text: each is wanted when those before it have been heard."""
    claims: list[Claim] = []
    offset = 0.0
    for text in segments:
        seconds = max(SHORTEST_CLAIM, predicted_seconds(text) / speed)
        claims.append(Claim(sender, priority, seconds, offset, name))
        offset += seconds
    return claims


class Take:
    """Made once, for any number of listeners; when the last has gone before its end, work on it stops."""

    def __init__(self, request: SpeechRequest, segments: list[str], pauses: Sequence[float] = ()) -> None:
        """`pauses` are seconds of silence before each segment, and after the last."""
        self.request = request
        self.segments = segments
        self._pauses = pauses or [0.0] * (len(segments) + 1)
        self.chunks: list[Chunk] = []
        self.times: list[tuple[WordTime, ...]] = []
        """For each chunk the words of its segment, in seconds of the speech."""
        self.made: list[Made] = []
        """One for each chunk."""
        self.speech = Speech()
        """Of the chunks there are."""
        self.error: SpeechError | None = None
        self.ended = False
        self._listeners = 0
        self._jobs = CancelToken()
        self._news = asyncio.Event()
        self._recording: asyncio.Task[None] | None = None

    def start(self, worker: Synthesiser, timeout: float | None, key: int) -> None:
        """All segments join the queue, or none. Raises what `Synthesiser.admit` does."""
        self._began = time.monotonic()
        deadline = None if timeout is None else self._began + timeout
        sounds = worker.admit(self._orders(), self._jobs, deadline, key)
        self._recording = asyncio.create_task(self._record(sounds, deadline), name="ishowtts-take")

    @property
    def nbytes(self) -> int:
        return sum(chunk.pcm.nbytes for chunk in self.chunks)

    def join(self) -> None:
        """One more listens."""
        self._listeners += 1

    def leave(self) -> None:
        """One listener less, once for each `join`."""
        self._listeners -= 1
        if self._listeners == 0 and not self.ended:
            self._jobs.cancel("nobody listens any more")
            self._end(Cancelled("nobody listens any more"))

    @property
    def news(self) -> asyncio.Event:
        """Set when there is a chunk more than now, or it has ended. Take it before looking, or news may be missed."""
        return self._news

    def _orders(self) -> list[Order]:
        """One a segment, each with a seed of its own: the same noise under every segment can be heard."""
        name, request = uuid4().hex, self.request
        sampling, reference = request.sampling, request.voice.reference()
        claims = claims_of(self.segments, request.sender, request.priority, sampling.speed, name)
        return [
            Order(Job(f"{name}-{i}", text, reference, replace(sampling, seed=(sampling.seed + i) % SEEDS)), claim)
            for i, (text, claim) in enumerate(zip(self.segments, claims, strict=True))
        ]

    async def _record(self, sounds: list[Sound], deadline: float | None) -> None:
        try:
            joiner: Joiner | None = None
            for index, sound in enumerate(sounds):
                await _wait(sound, sounds, deadline)
                segment = sound.result()
                joiner = joiner or self._joiner(segment.sample_rate)
                rate = segment.sample_rate
                cuts = long_pauses(segment.pcm, rate) if self.request.remove_silence else []
                # In a thread: measuring loudness takes milliseconds that others would wait for.
                level = await asyncio.to_thread(
                    normalise, without(segment.pcm, cuts, rate), self.request.target_rms, rate
                )
                pcm = joiner.push(level, self._pauses[index])
                after = next((times[-1].t1 for times in reversed(self.times) if times), 0.0)
                self.times.append(in_speech(segment.times, cuts, joiner.placed, rate, after))
                if index == len(sounds) - 1:
                    pcm = np.concatenate([pcm, joiner.flush(self._pauses[-1])])
                self._add(pcm, segment)
        except SpeechError as error:
            self._end(error)
        except BaseException:
            self._end(SynthesisFailed("The sound could not be put together; the log has the details."))
            raise
        else:
            self._end(None)
        finally:
            self._jobs.cancel("the speech has ended")

    def _add(self, pcm: np.ndarray, segment: Synthesised) -> None:
        index, past, rate = len(self.chunks), self.speech, segment.sample_rate
        chunk = Chunk(pcm, rate, self.segments[index], index, len(self.segments), past.audio_seconds)
        done = segment.done_at - self._began
        queued = segment.queue_seconds if index == 0 else past.queue_seconds
        self.chunks.append(chunk)
        begun = segment.done_at - segment.synthesis_seconds
        self.made.append(Made(begun - segment.queue_seconds, begun, segment.done_at, segment.steps, segment.batch))
        self.speech = Speech(
            audio_seconds=sum(chunk.pcm.size for chunk in self.chunks) / rate,
            queue_seconds=queued,
            synthesis_seconds=max(past.synthesis_seconds, done - queued),
            first_audio_seconds=done if index == 0 else past.first_audio_seconds,
            worker_restarts=max(past.worker_restarts, segment.worker_restarts),
            unspoken=past.unspoken + segment.remarks.unspoken,
            retakes=past.retakes + segment.retaken,
        )
        self._tell()

    def _end(self, error: SpeechError | None) -> None:
        if not self.ended:
            self.error, self.ended = error, True
            self._tell()

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    def _joiner(self, sample_rate: int) -> Joiner:
        # Whoever fixes the duration has asked for the silence as well.
        exact = self.request.sampling.fix_duration is not None
        return Joiner(sample_rate, self.request.cross_fade_duration, trim_silence=not exact)


async def _wait(sound: Sound, sounds: Sequence[Sound], deadline: float | None) -> None:
    """Until `sound` is there or has failed. Raises what any other has failed with: a text with a hole is not sent."""
    while not sound.done():
        for other in sounds:
            if other.done() and (error := other.exception()):
                raise error
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        pending = [other for other in sounds if not other.done()]
        done, _ = await asyncio.wait(pending, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            raise DeadlineExceeded("The text could not be spoken in the time given: try a shorter one.")
