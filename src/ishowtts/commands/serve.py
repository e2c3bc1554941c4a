"""`ishowtts serve`: the HTTP server, until Ctrl-C (at once) or SIGTERM (after the requests under way)."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ishowtts.commands.common import ConfigOption, load, note

if TYPE_CHECKING:
    import socket

    from fastapi import FastAPI

    from ishowtts.settings import Settings

log = logging.getLogger(__name__)

CURL = (
    "curl -X POST {url}/tts {key}-H 'content-type: application/json' "
    """-d '{{"text":"Hello, and welcome to the stream."}}' -o hello.wav"""
)
_FAREWELL = 2  # seconds for the last answers to get out
_LOOK = 0.05  # seconds between two looks at what still runs


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on. Default 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(help="0 to 65535; 0 takes a free one. Default 27121.")] = None,
    insecure: Annotated[
        bool | None, typer.Option("--insecure", help="Allow an address that other machines can reach.")
    ] = None,
    log_level: Annotated[str | None, typer.Option(help="DEBUG, INFO, WARNING or ERROR. Default INFO.")] = None,
    config: ConfigOption = None,
) -> None:
    """Start the server."""
    flags = {"server.host": host, "server.port": port, "server.insecure": insecure, "logging.level": log_level}
    settings = load(config, flags).settings
    from ishowtts.commands import setup_checks
    from ishowtts.commands.network import check_exposure, check_wyoming, listen
    from ishowtts.commands.setup_checks import must_work
    from ishowtts.logs import LogStyle

    check_exposure(settings)
    check_wyoming(settings)
    must_work(setup_checks.model(settings))
    LogStyle(logging.getLevelNamesMapping()[settings.logging.level], settings.logging.json_lines).apply()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # uvicorn's own handler takes over while it runs
    with listen(settings.server) as listener:
        from ishowtts.app import create_app, make_library

        library = make_library(settings)
        must_work(setup_checks.default_voices(settings, library))
        app = create_app(settings, library=library)
        if app.state.wyoming is not None:
            app.state.wyoming.bind()
        _run(app, settings, listener)


def _run(app: FastAPI, settings: Settings, listener: socket.socket) -> None:
    import uvicorn

    from ishowtts.api.listen import uvicorn_config
    from ishowtts.errors import SpeechError

    parts = app.state.services

    class Server(uvicorn.Server):
        """Tells where it is; at SIGTERM finishes what runs and refuses the rest, at Ctrl-C or the second time ends, and
        so it does when the model cannot be loaded: who started it learns of it, and may start it again."""

        problem: SpeechError | None = None

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                # What is there now stays; looking through it again and again would stop everything for a fifth of a
                # second each time.
                gc.collect()
                gc.freeze()
                self.guide = asyncio.create_task(_guide(app, listener, settings.logging.json_lines))
                self.guard = asyncio.create_task(self._end_without_a_model())

        async def _end_without_a_model(self) -> None:
            try:
                await parts.worker.wait_over()
            except SpeechError as error:
                self.problem = error
                self.should_exit = True

        def handle_exit(self, sig: int, frame: Any) -> None:
            loop = asyncio.get_running_loop()
            if sig == signal.SIGTERM and not parts.drain.begun.is_set():
                asyncio.run_coroutine_threadsafe(self._drain(), loop)
                return
            log.info("stopping now: what runs is broken off")
            parts.drain.begin(0.0)
            asyncio.run_coroutine_threadsafe(parts.worker.stop(), loop)
            super().handle_exit(sig, frame)

        async def _drain(self) -> None:
            """The listener stays open meanwhile: who asks /readyz, or for speech, gets a 503 and no closed door."""
            parts.drain.begin(settings.server.drain_timeout)
            log.info("shutting down: what runs has %g s to finish", settings.server.drain_timeout)
            if app.state.wyoming is not None:
                app.state.wyoming.close()
            await parts.worker.stop(settings.server.drain_timeout)
            while self.server_state.tasks and parts.drain.left:  # noqa: ASYNC110 - sound that is still on its way
                await asyncio.sleep(_LOOK)
            super().handle_exit(signal.SIGTERM, None)

    server = Server(
        uvicorn_config(
            app,
            settings.server,
            timeout_graceful_shutdown=_FAREWELL,
        )
    )
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:  # raised again by uvicorn when all is shut down
        return
    if server.problem is not None:
        raise server.problem
    if not server.started:
        raise typer.Exit(1)


async def _guide(app: FastAPI, listener: socket.socket, json_lines: bool) -> None:
    """The address at once; something to paste as soon as it would work."""
    from ishowtts.commands.network import others_url, url_of
    from ishowtts.errors import SpeechError

    tell = log.info if json_lines else note
    url, others = url_of(listener), others_url(listener)
    tell(f"Listening on {url}{f', for other machines on {others}' if others else ''}; loading the model")
    key = "-H 'authorization: Bearer YOUR_KEY' " if app.state.services.settings.auth.keys else ""
    with contextlib.suppress(SpeechError):  # it cannot be loaded: `_end_without_a_model`
        await app.state.services.worker.wait_ready()
        tell(f"Ready. To hear it:\n  {CURL.format(url=url, key=key)}")
