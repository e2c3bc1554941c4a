"""What the routes work with, put together once by the composition root."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, cast

from starlette.requests import Request

from ishowtts.danmaku.rooms import Rooms
from ishowtts.serving.drain import Drain
from ishowtts.serving.metrics import Metrics
from ishowtts.serving.status import WorkerStatus
from ishowtts.settings import Settings
from ishowtts.store.listening import Listening
from ishowtts.synthesis.speak import Speaker, Synthesiser
from ishowtts.voices.intake import VoiceIntake
from ishowtts.voices.library import VoiceLibrary


class Worker(Synthesiser, Protocol):
    """A synthesiser with a life of its own, begun and ended with the server's."""

    async def start(self) -> None: ...

    async def wait_ready(self) -> None: ...

    async def wait_over(self) -> None: ...

    async def stop(self, timeout: float = 0.0) -> None: ...  # noqa: ASYNC109 - to finish in, not to fail after

    def status(self) -> WorkerStatus: ...


@dataclass(frozen=True, slots=True)
class Services:
    settings: Settings
    library: VoiceLibrary
    worker: Worker
    speaker: Speaker
    metrics: Metrics
    intake: VoiceIntake
    drain: Drain
    rooms: Rooms
    listening: Listening | None = None


def services(request: Request) -> Services:
    """Those of the app that got the request."""
    return cast(Services, request.app.state.services)
