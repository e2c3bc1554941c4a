"""A request becomes segments, the segments a take, and its sound one stream that starts when the first is done."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import replace
from typing import Any, Literal

from ishowtts.errors import Cancelled, DeadlineExceeded, InvalidRequest, NothingToSay, TextTooLong
from ishowtts.serving.cancel import CancelToken
from ishowtts.serving.register import Register
from ishowtts.settings import Settings
from ishowtts.synthesis.limits import Limits
from ishowtts.synthesis.request import SpeechRequest
from ishowtts.synthesis.sound import CacheState, Chunk, Made, Speech
from ishowtts.synthesis.take import Synthesiser, Take
from ishowtts.synthesis.takes import Takes
from ishowtts.synthesis.written import Written
from ishowtts.text.clean import trace
from ishowtts.text.pace import predicted_seconds
from ishowtts.text.pauses import stretches
from ishowtts.text.segments import split_spans
from ishowtts.text.timing import WordTime

__all__ = ["Chunk", "Speaker", "Speaking", "Speech", "Synthesiser"]

PATIENCE = 2.0
"""Seconds that a second of speech may take, on top of what any request may."""


class Speaker:
    """Speaks requests through a worker. Belongs to the event loop."""

    def __init__(self, worker: Synthesiser, settings: Settings) -> None:
        self.takes = Takes(worker, settings.cache.audio_mb * 2**20)
        self.register = Register()
        self._limits = Limits(settings.limits)
        self._settings = settings

    def speak(self, request: SpeechRequest, token: CancelToken, timeout: float | None = None) -> Speaking:
        """Segments now, sound by iterating; `timeout` seconds, and twice as long as it will last, are for all of it.

        Raises here `NothingToSay`, `TextTooLong`, `InvalidRequest`, `RateLimited`; while iterating what the worker
        raises, and `DeadlineExceeded`.
        """
        spans, pauses = self._segments(request)
        self._limits.check(request)
        if timeout is not None:  # a long text is not late as long as it is made about as fast as it is heard
            timeout += PATIENCE * predicted_seconds(request.text) / request.sampling.speed
        return Speaking(self, request, spans, token, timeout, pauses)

    def _segments(self, request: SpeechRequest) -> tuple[list[tuple[int, int]], list[float]]:
        """Where they are in the request's text, and seconds of silence before each and after the last."""
        settings, sampling = self._settings.synthesis, request.sampling
        # Lengths are of the sound: at speed 2 the same seconds hold twice the text.
        longest = settings.max_segment_seconds * sampling.speed
        first = settings.first_segment_seconds * sampling.speed if sampling.fix_duration is None else longest
        segments: list[tuple[int, int]] = []
        pauses = [0.0]
        for start, end, silence in stretches(request.text, request.pauses):
            pauses[-1] += silence
            text = request.text[start:end]
            for a, b in split_spans(text, first_seconds=longest if segments else first, max_seconds=longest):
                # A piece of marks alone has no sound of its own, and the model would refuse it.
                if any(c.isalnum() for c in text[a:b]):
                    segments.append((start + a, start + b))
                    pauses.append(0.0)
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
        return segments, pauses


class Speaking(AsyncIterator[Chunk]):
    """One speech under way, for one listener. Iterate it, or `aclose` it: jobs nobody will hear are cancelled."""

    def __init__(
        self,
        speaker: Speaker,
        request: SpeechRequest,
        spans: list[tuple[int, int]],
        token: CancelToken,
        timeout: float | None,
        pauses: Sequence[float] = (),
    ) -> None:
        self.request = request
        """With the seed that is used, once there is a chunk."""
        self._written = request.written or Written(trace(request.text))
        self._places = self._written.places(spans)
        self.segments = [self._written.cleaned.text[a:b] for a, b in self._places]
        """As the caller wrote them."""
        self.spans = [self._written.span(place) for place in self._places]
        """Of the segments in the caller's text."""
        self._said = spans
        self._speaker = speaker
        self._token = token
        self._started = time.monotonic()
        self._timeout = timeout
        self._pauses = pauses
        self._take: Take | None = None
        self._cache: CacheState = "miss"
        self._first_audio = 0.0
        self._chunks = self._run()

    @property
    def speech(self) -> Speech:
        """What it took so far; complete after the last chunk. Sound that was there already took no time."""
        if self._take is None:
            return Speech()
        made = self._take.speech
        if self._cache == "miss":
            return made
        if self._cache == "hit":
            made = Speech(audio_seconds=made.audio_seconds, unspoken=made.unspoken, retakes=made.retakes)
        return replace(made, first_audio_seconds=self._first_audio, cache=self._cache)

    @property
    def made(self) -> list[Made]:
        """Segments that were spoken for it, or for another one at the same time."""
        return [] if self._take is None or self._cache == "hit" else self._take.made

    async def __anext__(self) -> Chunk:
        return await anext(self._chunks)

    async def aclose(self) -> None:
        """Stop; does nothing after the end."""
        await self._chunks.aclose()

    async def _run(self) -> AsyncGenerator[Chunk, None]:
        self._token.raise_if_cancelled()
        takes = self._speaker.takes
        segments = [self.request.text[a:b] for a, b in self._said]
        take, self._cache = takes.join(self.request, segments, self._timeout, self._pauses)
        self._take = take
        self.request = replace(self.request, sampling=take.request.sampling)
        try:
            with self._speaker.register.entered(self.request.request_id, self.request.sender, self._token):
                async with contextlib.aclosing(self._follow(take)) as chunks:
                    async for chunk in chunks:
                        self._first_audio = self._first_audio or time.monotonic() - self._started
                        yield chunk
        finally:
            takes.left(take)

    async def _follow(self, take: Take) -> AsyncGenerator[Chunk, None]:
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()

        def stop() -> None:  # called in the canceller's thread
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(stopped.set)

        forget = self._token.on_cancel(stop)
        cancelled = asyncio.create_task(stopped.wait())
        try:
            index = 0
            while True:
                self._token.raise_if_cancelled()
                if index < len(take.chunks):
                    yield self._placed(take.chunks[index], take.times[index])
                    index += 1
                elif take.error is not None:
                    raise take.error
                elif take.ended:
                    return
                else:
                    await self._wait(take, cancelled)
        finally:
            forget()
            cancelled.cancel()

    def _placed(self, chunk: Chunk, times: tuple[WordTime, ...]) -> Chunk:
        """With its place in this caller's text: another may have written the same with other spaces or signs."""
        written, index = self._written, chunk.index
        words = written.words(times, self._said[index][0], self._places[index])
        said = (chunk.text, times) if written.said else ("", ())
        return replace(
            chunk, text=self.segments[index], span=self.spans[index], words=words, said=said[0], said_words=said[1]
        )

    async def _wait(self, take: Take, cancelled: asyncio.Task[Literal[True]]) -> None:
        news = asyncio.create_task(take.news.wait())  # nothing was awaited since the take was looked at
        left = None if self._timeout is None else max(0.0, self._started + self._timeout - time.monotonic())
        try:
            waited: set[asyncio.Task[Any]] = {news, cancelled}
            done, _ = await asyncio.wait(waited, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        finally:
            news.cancel()
        if cancelled in done:
            raise Cancelled(self._token.reason or "the speech was stopped")
        if not done:
            raise DeadlineExceeded("The text could not be spoken in the time given: try a shorter one.")
