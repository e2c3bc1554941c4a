"""The voice of a room: lines to sound, through the same queue as every request."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing

from ishowtts.danmaku.clip import Clip
from ishowtts.danmaku.reading import Line
from ishowtts.errors import VoiceNotFound
from ishowtts.serving.cancel import CancelToken
from ishowtts.serving.claim import Sender
from ishowtts.settings import Settings
from ishowtts.synthesis.request import SpeechRequest, prepare
from ishowtts.synthesis.sound import Chunk
from ishowtts.synthesis.speak import Speaker
from ishowtts.voices.library import VoiceLibrary

log = logging.getLogger(__name__)


class Speech:
    """A `stage.Voice`: whoever listens to a stream hears it at once, so it goes before what nobody waits for."""

    def __init__(
        self, speaker: Speaker, library: VoiceLibrary, settings: Settings, room: str, ready: Callable[[], bool]
    ) -> None:
        self._speaker, self._library, self._settings, self._ready = speaker, library, settings, ready
        self._sender = Sender("read-aloud", room)

    @property
    def ready(self) -> bool:
        return self._ready()

    def __call__(self, line: Line, speed: float, user: str, id: str) -> Clip:
        token = CancelToken()
        return Clip(self._sound(line, speed, id, token), token)

    async def _sound(self, line: Line, speed: float, id: str, token: CancelToken) -> AsyncIterator[Chunk]:
        speaking = self._speaker.speak(self._request(line, speed, id), token, self._settings.server.request_timeout)
        async with aclosing(speaking):
            async for chunk in speaking:
                yield chunk

    def _request(self, line: Line, speed: float, id: str) -> SpeechRequest:
        def with_voice(voice: str | None) -> SpeechRequest:
            return prepare(
                line.text,
                self._library,
                self._settings,
                voice=voice,
                request_id=id,
                speed=self._settings.synthesis.speed * speed,
                sender=self._sender,
                priority="high",
            )

        try:
            return with_voice(line.voice or None)
        except VoiceNotFound:
            log.warning("the voice %s of room %s is not there any more: the default one reads", line.voice,
                        self._sender.room)  # fmt: skip
            return with_voice(None)
