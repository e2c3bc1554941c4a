"""The Wyoming port: so many clients at a time, begun and ended with the HTTP server."""

from __future__ import annotations

import asyncio
import logging
import socket
from contextlib import suppress

from wyoming.error import Error
from wyoming.event import async_write_event

from ishowtts.api.services import Services
from ishowtts.errors import QueueFull, SpeechError
from ishowtts.wyoming.session import Session

log = logging.getLogger(__name__)

BACKLOG = 128


class WyomingServer:
    """Belongs to the event loop that called `start`."""

    def __init__(self, parts: Services) -> None:
        self._parts = parts
        self._settings = parts.settings.wyoming
        self._listener: socket.socket | None = None
        self._server: asyncio.Server | None = None
        self._sessions: dict[asyncio.Task[None], Session] = {}

    @property
    def port(self) -> int:
        """The one listened on; 0 before `bind`."""
        return int(self._listener.getsockname()[1]) if self._listener else 0

    @property
    def clients(self) -> int:
        return len(self._sessions)

    def bind(self) -> None:
        """Take the port, before anything slow is started. Raises `SpeechError` where that cannot be done."""
        if self._listener is not None:
            return
        host, port = self._settings.host, self._settings.port
        try:
            family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[
                0
            ]
            self._listener = socket.create_server(address[:2], family=family, backlog=BACKLOG)
        except (OSError, UnicodeError) as error:
            # What create_server says repeats the address, in Python's words.
            reason = str(getattr(error, "strerror", None) or error).partition(" (while")[0]
            raise SpeechError(
                f"cannot listen on wyoming.host {host} port {port}: {reason}. Choose another wyoming.port, or 0 for "
                "any free one"
            ) from error

    async def start(self) -> None:
        """Listen. Raises `SpeechError` where the port is taken."""
        self.bind()
        self._server = await asyncio.start_server(
            self._serve, sock=self._listener, limit=self._parts.settings.server.max_body_bytes
        )
        if self._parts.settings.auth.keys:
            log.warning("the Wyoming protocol knows no keys: whoever reaches its port speaks without one")
        log.info("Wyoming (Home Assistant): %s port %d", self._settings.host, self.port)

    def close(self) -> None:
        """Take no more clients, and let go those that are not being spoken to."""
        if self._server is not None:
            self._server.close()
        for task, session in self._sessions.items():
            if not session.busy:
                task.cancel()

    async def stop(self, timeout: float = 0.0) -> None:  # noqa: ASYNC109 - seconds of grace, not a limit of the call
        """The same, and give the others `timeout` seconds before they are let go too."""
        self.close()
        if self._sessions:
            await asyncio.wait(self._sessions, timeout=timeout)
        for task in self._sessions:
            task.cancel()
        if self._sessions:
            await asyncio.wait(self._sessions)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._sessions) >= self._settings.max_clients:
            await _refuse(writer)
            return
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio runs this in a task of its own
        session = self._sessions[task] = Session(reader, writer, self._parts)
        try:
            await session.run()
        except asyncio.CancelledError:
            log.debug("a client was let go: the server stops")
        finally:
            del self._sessions[task]


async def _refuse(writer: asyncio.StreamWriter) -> None:
    error = Error("Too many clients are connected; try again later, or raise wyoming.max_clients.", QueueFull.code)
    with suppress(OSError, TimeoutError, RuntimeError):  # RuntimeError: uvloop, of a connection that was reset
        async with asyncio.timeout(1):
            await async_write_event(error.event(), writer)
    writer.close()
