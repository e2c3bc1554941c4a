"""The composition root: settings in, a wired app out. Everything is made here, and nowhere else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from ishowtts import __version__
from ishowtts.api import (
    cancel,
    contracts,
    danmaku,
    danmaku_rooms,
    danmaku_say,
    danmaku_stream,
    docs,
    errors,
    health,
    monitoring,
    pages,
    text,
    tts,
    voice_edits,
    voices,
)
from ishowtts.api import listening as listening_test
from ishowtts.api.access_log import AccessLog
from ishowtts.api.authentication import Authentication
from ishowtts.api.body_limit import BodyLimit
from ishowtts.api.boundary import ErrorBoundary
from ishowtts.api.describe import EVERY_ERROR
from ishowtts.api.draining import Draining, LastAnswers
from ishowtts.api.head import Head
from ishowtts.api.host_check import HostCheck
from ishowtts.api.key_docs import show_keys
from ishowtts.api.monitoring import Measured
from ishowtts.api.origin_check import Cors, OriginCheck
from ishowtts.api.query_token import QueryToken
from ishowtts.api.request_id import RequestId
from ishowtts.api.security_headers import SecurityHeaders
from ishowtts.api.services import Services, Worker
from ishowtts.api.sockets import Sockets
from ishowtts.api.summaries import show_summaries
from ishowtts.api.tracing import Traced, Traces
from ishowtts.api.voice_form import upload_limit
from ishowtts.danmaku.configured import policies
from ishowtts.danmaku.room_metrics import RoomMetrics
from ishowtts.danmaku.rooms import Rooms
from ishowtts.danmaku.speech import Speech
from ishowtts.engine.catalog import F5_MINI
from ishowtts.engine.factory import EngineFactory
from ishowtts.errors import SpeechError
from ishowtts.logs import adopt_loop
from ishowtts.serving.drain import Drain
from ishowtts.serving.metrics import Metrics
from ishowtts.serving.vitals import watch_gpus, watch_loop
from ishowtts.serving.worker import Worker as LocalWorker
from ishowtts.settings import Settings
from ishowtts.store.listening import Listening
from ishowtts.synthesis.speak import Speaker
from ishowtts.text.breaks import warm_up
from ishowtts.voices.intake import VoiceIntake
from ishowtts.voices.library import VoiceLibrary
from ishowtts.wyoming.server import WyomingServer

log = logging.getLogger(__name__)

DESCRIPTION = (
    "Text in, a cloned voice out, as sound. `POST /tts` answers with a WAV file, or with the sound as it is made; "
    'errors have one body: `{"error": {"message", "type", "code", "param"}}`.'
)
_FAREWELL = 2.0  # seconds for the last sound to get out


def make_library(settings: Settings) -> VoiceLibrary:
    """The voices of these settings. Raises `ConfigError`."""
    return VoiceLibrary(F5_MINI / "voices", settings.voices, settings.voices_dir, settings.synthesis.default_voice)


def make_worker(settings: Settings, library: VoiceLibrary, metrics: Metrics | None = None) -> LocalWorker:
    """The inference process of these settings, not started; it warms up with the default voices."""
    defaults = set(settings.synthesis.default_voice.values())
    references = [voice.reference() for voice in library.list() if voice.id in defaults]
    factory = EngineFactory(settings.model, settings.cache)
    return LocalWorker(settings.queue, factory, references if settings.model.warm_up else None, metrics)


def make_rooms(settings: Settings, library: VoiceLibrary, speaker: Speaker, worker: Worker) -> Rooms:
    """Read-aloud of these settings, not opened. Raises `ConfigError`."""
    return Rooms(
        policies(settings.danmaku.rooms),
        lambda room: Speech(speaker, library, settings, room, lambda: worker.status().state == "ready"),
        settings.synthesis.default_voice,
        state_file=settings.danmaku.state_file,
        sources=settings.danmaku.sources,
    )


def make_listening(settings: Settings) -> Listening | None:
    """The listening test of these settings, if there is one."""
    said = settings.listening
    if said.folder_a is None or said.folder_b is None or said.verdicts is None:
        return None
    return Listening(said.folder_a, said.folder_b, said.verdicts)


def create_app(
    settings: Settings,
    *,
    worker: Worker | None = None,
    library: VoiceLibrary | None = None,
    metrics: Metrics | None = None,
) -> FastAPI:
    """The server; the worker starts and stops with it. `metrics` is where `worker` counts. Raises `ConfigError`."""
    library = library or make_library(settings)
    metrics = metrics or Metrics()
    worker = worker or make_worker(settings, library, metrics)
    metrics.watch(worker.status)
    app = FastAPI(
        title="iShowTTS",
        version=__version__,
        description=DESCRIPTION,
        license_info={"name": "MIT"},
        lifespan=_lifespan,
        responses=EVERY_ERROR,
        docs_url=None,  # ours, in api/docs.py
        redoc_url=None,
    )
    intake = VoiceIntake(library, settings)
    speaker = Speaker(worker, settings)
    rooms = make_rooms(settings, library, speaker, worker)
    metrics.registry.register(RoomMetrics(rooms.all))
    listening = make_listening(settings)
    parts = app.state.services = Services(
        settings, library, worker, speaker, metrics, intake, Drain(), rooms, listening
    )
    app.state.sockets = Sockets()
    traces = app.state.traces = Traces.to(settings.tracing)
    app.state.wyoming = WyomingServer(parts) if settings.wyoming.enabled else None
    for part in (tts, cancel, text, voices, voice_edits, danmaku, danmaku_say, danmaku_rooms, danmaku_stream, contracts,
                 health, listening_test, monitoring, docs, pages):  # fmt: skip
        app.include_router(part.router)
    show_summaries(app)
    errors.install(app)
    # The last one added is the outermost.
    server = settings.server
    app.add_middleware(BodyLimit, max_bytes=server.max_body_bytes, seconds=server.request_timeout, larger=upload_limit)
    open_paths = {"/metrics"} if settings.auth.open_metrics else set()
    if settings.auth.keys:
        show_keys(app, open_paths)
    app.add_middleware(Authentication, settings=settings.auth, open_paths=open_paths)
    app.add_middleware(OriginCheck, origins=server.allowed_origins)
    app.add_middleware(Draining, drain=parts.drain)
    app.add_middleware(HostCheck, server=server, keyed=bool(settings.auth.keys))
    app.add_middleware(ErrorBoundary)
    app.add_middleware(Cors, origins=server.allowed_origins)
    app.add_middleware(SecurityHeaders, origins=server.allowed_origins)
    app.add_middleware(Head)
    app.add_middleware(AccessLog, enabled=server.access_log)
    app.add_middleware(Measured, metrics=metrics)
    if traces is not None:
        app.add_middleware(Traced, traces=traces)
    app.add_middleware(LastAnswers, drain=parts.drain)
    app.add_middleware(RequestId)
    app.add_middleware(QueryToken)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    adopt_loop(asyncio.get_running_loop())
    parts: Services = app.state.services
    wyoming: WyomingServer | None = app.state.wyoming
    if wyoming is not None:
        await wyoming.start()
    await parts.worker.start()
    await parts.rooms.open()
    tasks = [asyncio.create_task(_announce(parts)), asyncio.create_task(watch_loop(parts.metrics))]
    tasks.append(asyncio.create_task(parts.intake.sweep()))
    tasks.append(asyncio.create_task(asyncio.to_thread(warm_up)))
    if parts.settings.metrics.enabled:
        tasks.append(asyncio.create_task(watch_gpus(parts.metrics, parts.settings.metrics.gpu_seconds)))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        if wyoming is not None:
            wyoming.close()
        await parts.rooms.close()
        await parts.worker.stop(parts.settings.server.drain_timeout)
        if wyoming is not None:
            await wyoming.stop(_FAREWELL)
        if app.state.traces is not None:
            await app.state.traces.close()


async def _announce(parts: Services) -> None:
    try:
        await parts.worker.wait_ready()
    except SpeechError:  # the worker has logged why
        return
    info = parts.worker.status().info
    log.info(
        'ready: %s on %s, %d voices; POST /tts {"text": "…"} speaks, /docs has the rest',
        info.get("model", "the model"),
        info.get("device", "this machine"),
        len(parts.library.list()),
    )
