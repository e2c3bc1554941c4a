"""A speech as Server-Sent Events, from the first chunk on."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator

import anyio
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import SendTimeoutError
from starlette.types import Receive, Scope, Send

from ishowtts.api.access_log import CLIENT_LEFT, access
from ishowtts.api.events import Script
from ishowtts.api.headers import early_headers
from ishowtts.api.outcome import note_speech
from ishowtts.api.stall import limit_stall
from ishowtts.errors import NotReady, SpeechError
from ishowtts.serving.cancel import CancelToken
from ishowtts.settings import ServerSettings
from ishowtts.synthesis.speak import Chunk, Speaking

PING_SECONDS = 15
FAREWELL_SECONDS = 1.0
"""Left of the drain time to send a last event."""


class SpeechEvents(EventSourceResponse):
    """A speech told by `script`, its events numbered from 1. A slow reader is cut off, a leaving one stops the work."""

    def __init__(
        self, first: Chunk, speaking: Speaking, token: CancelToken, server: ServerSettings, script: Script
    ) -> None:
        self._speaking = speaking
        self._script = script
        self._token = token
        self._outcome = CLIENT_LEFT
        self._shutdown = anyio.Event()
        self._drain = server.drain_timeout
        self._longest_stall = server.sse_send_timeout
        super().__init__(
            self._events(first),
            headers=early_headers(speaking.request, speaking.speech),
            ping=PING_SECONDS,
            send_timeout=server.sse_send_timeout,
            shutdown_event=self._shutdown,
            shutdown_grace_period=server.drain_timeout,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._record = access(scope)
        limit_stall(scope, self._longest_stall)
        farewell = asyncio.create_task(self._stop_before_the_end())
        try:
            await super().__call__(scope, receive, send)
        except SendTimeoutError:
            self._outcome = "slow_reader"
        finally:
            farewell.cancel()
            self._token.cancel("the response is over")
            note_speech(self._record, self._speaking, self._outcome)

    async def _events(self, first: Chunk) -> AsyncGenerator[ServerSentEvent, None]:
        try:
            number = 0
            async with contextlib.aclosing(self._happenings(first)) as events:
                async for event in events:
                    number += 1
                    event.id = str(number)
                    yield event
        finally:
            await self._speaking.aclose()

    async def _happenings(self, first: Chunk) -> AsyncGenerator[ServerSentEvent, None]:
        speaking, script = self._speaking, self._script
        for event in script.opening(speaking.segments, first.sample_rate):
            yield event
        for event in await self._sound(first):
            yield event
        try:
            async for chunk in speaking:
                for event in await self._sound(chunk):
                    yield event
        except SpeechError as error:
            told = NotReady("The server is shutting down.") if self._shutdown.is_set() else error
            self._outcome = told.code
            last = script.failure(told)
        else:
            self._outcome = "ok"
            last = script.done(speaking.speech)
        for event in last:
            yield event

    async def _sound(self, chunk: Chunk) -> list[ServerSentEvent]:
        with self._record.encoding():
            events = await asyncio.to_thread(self._script.audio, chunk)
        self._record.heard(chunk.t0)
        return events

    async def _stop_before_the_end(self) -> None:
        """At shutdown a speech may go on for the drain time, but its last event must still get out."""
        await self._shutdown.wait()
        await asyncio.sleep(max(0.0, self._drain - FAREWELL_SECONDS))
        self._token.cancel("the server is shutting down")
