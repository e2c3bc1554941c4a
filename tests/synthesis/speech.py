"""Requests and a speaker for the tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ishowtts.engine.job import Sampling
from ishowtts.serving.process import EngineFactory
from ishowtts.serving.worker import Worker
from ishowtts.settings import LimitSettings, QueueSettings, Settings, SynthesisSettings
from ishowtts.synthesis.request import SpeechRequest
from ishowtts.synthesis.speak import Speaker
from ishowtts.voices.voice import Voice
from tests.fakes import FakeFactory
from tests.serving.running import running

VOICE = Voice("ann", "Ann", "en", Path("ann.wav"), "The voice of Ann.", "0" * 64, "config")
THREE = "This is the first sentence of three. The second one comes after it. And the third one is the last of them."
REQUEST = SpeechRequest(THREE, VOICE, Sampling(nfe_step=4, seed=11), 0.015, 0.0, False, "request-1")


def request(text: str = THREE, **changes: Any) -> SpeechRequest:
    sampling = {name: changes.pop(name) for name in ("nfe_step", "seed", "speed", "fix_duration") if name in changes}
    return replace(REQUEST, text=text, sampling=replace(REQUEST.sampling, **sampling), **changes)


@asynccontextmanager
async def speaking_worker(
    factory: EngineFactory | None = None,
    *,
    max_segment_seconds: float = 3.0,
    limits: dict[str, int] | None = None,
    **queue: Any,
) -> AsyncIterator[tuple[Worker, Speaker]]:
    """Segments are of one short sentence each."""
    synthesis = SynthesisSettings(first_segment_seconds=2.0, max_segment_seconds=max_segment_seconds)
    settings = Settings(queue=QueueSettings(**queue), synthesis=synthesis, limits=LimitSettings(**limits or {}))
    async with running(factory or FakeFactory(), **queue) as worker:
        yield worker, Speaker(worker, settings)
