"""A request becomes segments, the segments jobs, and their sound one stream that starts when the first is done."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol
from uuid import uuid4

import numpy as np

from ishowtts.audio.join import Joiner
from ishowtts.audio.loudness import normalise
from ishowtts.audio.silence import shorten
from ishowtts.engine.job import Job
from ishowtts.errors import Cancelled, DeadlineExceeded, InvalidRequest, NothingToSay, TextTooLong
from ishowtts.serving.cancel import CancelToken
from ishowtts.serving.ledger import Synthesised
from ishowtts.settings import Settings
from ishowtts.synthesis.request import SEEDS, SpeechRequest
from ishowtts.text.segments import split

Timed = tuple[Synthesised, float]
"""A segment's sound, and when it was there (`time.monotonic()`)."""


class Synthesiser(Protocol):
    """What speaks jobs: the local worker, or one elsewhere."""

    def check_room(self, jobs: int = 1) -> None: ...

    async def submit(self, job: Job, token: CancelToken, deadline: float | None = None) -> Synthesised: ...


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Sound that may be played now: (samples,) float32 mono, following the one before without a gap.

    `text` is the segment it ends with; the last few milliseconds of a segment come with the next chunk.
    """

    pcm: np.ndarray
    sample_rate: int
    text: str
    index: int
    segments: int
    t0: float
    """Seconds from the start of the speech."""

    @property
    def duration(self) -> float:
        return self.pcm.size / self.sample_rate


@dataclass(frozen=True, slots=True)
class Speech:
    """What a speech took, in seconds. Waiting for a slow listener is not in it."""

    audio_seconds: float = 0.0
    queue_seconds: float = 0.0
    """Before work on the first segment began."""
    synthesis_seconds: float = 0.0
    """From then until the last segment was there, by the clock: segments overlap."""
    first_audio_seconds: float = 0.0
    """From the request to the first chunk."""
    worker_restarts: int = 0

    @property
    def total_seconds(self) -> float:
        return self.queue_seconds + self.synthesis_seconds

    @property
    def rtf(self) -> float:
        """Seconds of work for a second of sound."""
        return self.synthesis_seconds / self.audio_seconds if self.audio_seconds else 0.0


class Speaker:
    """Speaks requests through a worker."""

    def __init__(self, worker: Synthesiser, settings: Settings) -> None:
        self._worker = worker
        self._settings = settings

    def speak(self, request: SpeechRequest, token: CancelToken, timeout: float | None = None) -> Speaking:
        """Segments now, sound by iterating; `timeout` seconds are for all of it.

        Raises here `NothingToSay`, `TextTooLong`, `InvalidRequest`; while iterating what the worker raises, and
        `DeadlineExceeded`.
        """
        return Speaking(self._worker, request, self._segments(request), token, timeout)

    def _segments(self, request: SpeechRequest) -> list[str]:
        settings, sampling = self._settings.synthesis, request.sampling
        # Lengths are of the sound: at speed 2 the same seconds hold twice the text.
        longest = settings.max_segment_seconds * sampling.speed
        first = settings.first_segment_seconds * sampling.speed if sampling.fix_duration is None else longest
        pieces = split(request.text, first_seconds=first, max_seconds=longest)
        # A piece of marks alone has no sound of its own, and the model would refuse it.
        segments = [piece for piece in pieces if any(c.isalnum() for c in piece)]
        if not segments:
            raise NothingToSay("`text` has nothing that can be spoken.", param="text")
        if sampling.fix_duration is not None and len(segments) > 1:
            raise InvalidRequest(
                f"`fix_duration` is for a text of one segment, this one makes {len(segments)}: shorten it, or leave "
                "`fix_duration` out.",
                param="fix_duration",
            )
        room = self._settings.queue.max_jobs
        if len(segments) > room:
            raise TextTooLong(
                f"`text` makes {len(segments)} segments, the queue of this server holds {room}: send it in parts.",
                param="text",
            )
        return segments


class Speaking(AsyncIterator[Chunk]):
    """One speech under way. Iterate it, or `aclose` it: jobs nobody will hear are cancelled."""

    def __init__(
        self,
        worker: Synthesiser,
        request: SpeechRequest,
        segments: list[str],
        token: CancelToken,
        timeout: float | None,
    ) -> None:
        self.request = request
        self.segments = segments
        self.speech = Speech()
        """Complete after the last chunk."""
        self._worker = worker
        self._token = token
        self._started = time.monotonic()
        self._deadline = None if timeout is None else self._started + timeout
        self._chunks = self._run()

    async def __anext__(self) -> Chunk:
        return await anext(self._chunks)

    async def aclose(self) -> None:
        """Stop; does nothing after the end."""
        await self._chunks.aclose()

    async def _run(self) -> AsyncGenerator[Chunk, None]:
        self._token.raise_if_cancelled()
        self._worker.check_room(len(self.segments))  # all or none: half a text is not worth starting
        jobs = CancelToken()  # the caller's token outlives this speech, so it is not ours to trip
        forget = self._token.on_cancel(lambda: jobs.cancel(self._token.reason or ""))
        tasks = [asyncio.create_task(self._submit(job, jobs)) for job in self._jobs()]
        for task in tasks:
            task.add_done_callback(_retrieve)
        try:
            joiner: Joiner | None = None
            spoken = 0
            for index, task in enumerate(tasks):
                await self._wait(task, tasks)
                segment, done_at = task.result()
                joiner = joiner or self._joiner(segment.sample_rate)
                pcm = joiner.push(self._polish(segment))
                if index == len(tasks) - 1:
                    pcm = np.concatenate([pcm, joiner.flush()])
                t0 = spoken / segment.sample_rate
                spoken += pcm.size
                self._account(index, segment, done_at - self._started, spoken)
                yield Chunk(pcm, segment.sample_rate, self.segments[index], index, len(tasks), t0)
        finally:
            forget()
            jobs.cancel("nobody listens any more")
            for task in tasks:
                task.cancel()

    def _jobs(self) -> list[Job]:
        """One a segment, each with a seed of its own: the same noise under every segment can be heard."""
        key, sampling = uuid4().hex, self.request.sampling
        reference = self.request.voice.reference()
        return [
            Job(
                f"{key}-{index}",
                text,
                reference,
                replace(sampling, seed=(sampling.seed + index) % SEEDS),
                opening=index == 0,
            )
            for index, text in enumerate(self.segments)
        ]

    async def _submit(self, job: Job, token: CancelToken) -> Timed:
        sound = await self._worker.submit(job, token, self._deadline)
        return sound, time.monotonic()

    async def _wait(self, task: asyncio.Task[Timed], tasks: Sequence[asyncio.Task[Timed]]) -> None:
        """Until `task` has its sound. Raises the first error of any segment: a text with a hole is not sent."""
        while True:
            for other in tasks:
                if other.cancelled():
                    raise Cancelled(self._token.reason or "the speech was stopped")
                if other.done() and (error := other.exception()):
                    raise error
            if task.done():
                return
            left = None if self._deadline is None else max(0.0, self._deadline - time.monotonic())
            pending = [other for other in tasks if not other.done()]
            done, _ = await asyncio.wait(pending, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                raise DeadlineExceeded("The text could not be spoken in the time given: try a shorter one.")

    def _joiner(self, sample_rate: int) -> Joiner:
        # Whoever fixes the duration has asked for the silence as well.
        exact = self.request.sampling.fix_duration is not None
        return Joiner(sample_rate, self.request.cross_fade_duration, trim_silence=not exact)

    def _polish(self, segment: Synthesised) -> np.ndarray:
        pcm = shorten(segment.pcm, segment.sample_rate) if self.request.remove_silence else segment.pcm
        return normalise(pcm, self.request.target_rms)

    def _account(self, index: int, segment: Synthesised, done: float, spoken: int) -> None:
        """`done`: seconds from the request until the segment was there."""
        past = self.speech
        queued = segment.queue_seconds if index == 0 else past.queue_seconds
        self.speech = Speech(
            audio_seconds=spoken / segment.sample_rate,
            queue_seconds=queued,
            synthesis_seconds=max(past.synthesis_seconds, done - queued),
            first_audio_seconds=done if index == 0 else past.first_audio_seconds,
            worker_restarts=max(past.worker_restarts, segment.worker_restarts),
        )


def _retrieve(task: asyncio.Task[Timed]) -> None:
    """Take note of an error nobody will ask for, so that asyncio does not log it."""
    if not task.cancelled():
        task.exception()
