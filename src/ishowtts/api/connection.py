"""The HTTP connection of uvicorn, with an end to everything that can be made to last or to grow."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar
from uuid import uuid4

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ishowtts.api.stall import EXTENSION
from ishowtts.errors import BadHttp, HeadersTooLarge, HeadersTooSlow, SpeechError, TooManyConnections

log = logging.getLogger("ishowtts.access")

_PIPELINED = 16  # requests of one connection that may wait for the one before
_LINGER_SECONDS = 2.0  # for what is still on its way when we have answered: closing at once would lose the answer
_LINGER_BYTES = 16 * 2**20
_REST_BYTES = 2**20  # of a body that was not wanted: so much is read, and the connection goes on
_YOUNG = 0.5  # seconds; a connection that waits for less is not pushed out by a new one


@dataclass(frozen=True, slots=True)
class Limits:
    """`head` is the request line and the headers; `write_seconds`, how long a client may take no byte of an answer."""

    connections: int
    head_bytes: int
    head_seconds: float
    write_seconds: float


class Connection(HttpToolsProtocol):
    """One connection. Refusals that come before there is a request have the one error body too."""

    limits: ClassVar[Limits]

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._waiting_since: float | None = None
        """When it began to wait for a request's head; None while a request is under way."""
        self._head_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._write_timer: asyncio.TimerHandle | None = None
        self._unwritten = 0
        self._deaf = False
        self._discarded = 0
        self._rest: asyncio.TimerHandle | None = None
        """While what is left of an answered request is read and forgotten: when that must be over."""
        self._problem: SpeechError | None = None

    # ── a connection comes and goes ──

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._waiting_since = time.monotonic()
        if len(self.connections) <= self.limits.connections or self._make_place():
            self._start_head_timer()
        else:
            self._refuse(TooManyConnections("The server has all the connections it can take.", retry_after=1))

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_head_timer()
        self._stop_write_timer()
        self._stop_rest()
        self._unset_keepalive_if_required()
        self.pipeline.clear()
        super().connection_lost(exc)

    def _make_place(self) -> bool:
        """Close the one that has waited longest without a whole request, for a new one that may do better."""
        others = [c for c in self.connections if isinstance(c, Connection) and c is not self]
        leaving = [c for c in others if c._deaf]
        if len(leaving) > self.limits.connections:
            leaving[0].transport.abort()
        if len(self.connections) - 1 - len(leaving) < self.limits.connections:  # WebSockets are among them
            return True
        waiting = {c: c._waiting_since for c in others if c._waiting_since is not None and not c._deaf}
        victim = min(waiting, key=lambda c: waiting[c], default=None)
        if victim is None or time.monotonic() - waiting[victim] < _YOUNG:
            return False
        victim.transport.abort()
        return True

    # ── reading ──

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            self._discarded += len(data)
            if self._discarded > _LINGER_BYTES:
                self.transport.abort()
            return
        if self._rest is not None:
            self._discarded += len(data)
            if self._discarded > _REST_BYTES:
                self._stop_rest()
                self._linger()
                return
        if self._waiting_since is not None and self._head_timer is None:
            self._start_head_timer()
        waited = self._waiting_since is not None
        super().data_received(data)
        if waited and self._waiting_since is not None and not self._deaf:
            self._head_bytes += len(data)
            if self._head_bytes > self.limits.head_bytes:
                self._refuse(self._too_large())

    def on_headers_complete(self) -> None:
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > self.limits.head_bytes:
            self._problem = self._too_large()
            raise self._problem
        if len(self.pipeline) >= _PIPELINED:
            raise BadHttp("More requests than this connection may have waiting.")
        self._stop_head_timer()
        self._waiting_since = None
        self._head_bytes = 0
        self.scope["extensions"] = {EXTENSION: self._limit_stall}  # type: ignore[dict-item]
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Also for what our own callbacks raised."""
        self._refuse(self._problem or BadHttp("This is not HTTP/1.1 as this server reads it."))

    def _should_upgrade(self) -> bool:
        """Not from within a body, nor while an answer is under way: what makes it would never hear of the end."""
        return self.scope["method"] == "GET" and not self._is_answering() and super()._should_upgrade()

    def _unsupported_upgrade_warning(self) -> None:
        """A client's wish that is not fulfilled is no matter for the log."""

    def _too_large(self) -> HeadersTooLarge:
        return HeadersTooLarge(f"The headers are larger than the {self.limits.head_bytes} bytes this server takes.")

    # ── time ──

    def _start_head_timer(self) -> None:
        self._head_timer = self.loop.call_later(self.limits.head_seconds, self._head_is_late)

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_is_late(self) -> None:
        self._head_timer = None
        if self._waiting_since is None or self.transport.is_closing():
            return
        if self._is_answering():  # it has sent the next request's beginning ahead of time
            self._start_head_timer()
        elif self._head_bytes:
            self._refuse(HeadersTooSlow("The headers took too long to arrive."))
        else:
            self.transport.close()

    def _is_answering(self) -> bool:
        return bool(self.pipeline) or (self.cycle is not None and not self.cycle.response_complete)

    # ── writing ──

    def _limit_stall(self, seconds: float) -> None:
        link = self.transport.get_extra_info("socket")
        option = getattr(socket, "TCP_USER_TIMEOUT", None)
        if link is not None and option is not None:
            with contextlib.suppress(OSError, ValueError):  # it is closed (uvloop says ValueError), or no TCP
                link.setsockopt(socket.IPPROTO_TCP, option, max(1, round(seconds * 1000)))

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_writes()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_write_timer()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._watch_writes()

    def on_response_complete(self) -> None:
        unread = not self.pipeline and self.cycle.more_body
        super().on_response_complete()
        if self.transport.is_closing():
            self._watch_writes()
        elif unread:
            self._discarded = 0
            self._rest = self.loop.call_later(_LINGER_SECONDS, self._rest_is_late)
        elif not self._is_answering():
            self._waiting_since = time.monotonic()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        if self._rest is not None:
            self._stop_rest()
            self._waiting_since = time.monotonic()
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def _rest_is_late(self) -> None:
        self._rest = None
        if not self.transport.is_closing():
            self._linger()

    def _stop_rest(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None

    def _watch_writes(self) -> None:
        if self._write_timer is None and self.transport.get_write_buffer_size():
            self._unwritten = self.transport.get_write_buffer_size()
            self._write_timer = self.loop.call_later(self.limits.write_seconds, self._look_at_writes)

    def _look_at_writes(self) -> None:
        self._write_timer = None
        if self.transport.get_write_buffer_size() >= self._unwritten:
            self.transport.abort()
        else:
            self._watch_writes()

    def _stop_write_timer(self) -> None:
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None

    # ── the end ──

    def _refuse(self, error: SpeechError) -> None:
        """Answer without a request, and close."""
        if self._deaf or self.transport.is_closing():
            return
        if self._is_answering():
            if self.pipeline or self.cycle.response_started:  # an answer must not be cut by another
                self.transport.abort()
                return
            self.cycle.disconnected = True  # what the app says to a request that broke off goes nowhere
            self.cycle.waiting_for_100_continue = False
            self.cycle.message_event.set()
        request_id = uuid4().hex
        log.info('id=%s method=- path="" status=%d outcome=%s', request_id, error.status, error.code)
        body = json.dumps(error.body()).encode()
        lines = [
            f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}",
            "content-type: application/json",
            f"content-length: {len(body)}",
            f"x-request-id: {request_id}",
            "x-content-type-options: nosniff",
            *([f"retry-after: {error.retry_after:.0f}"] if error.retry_after is not None else []),
            "connection: close",
        ]
        self.transport.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        self._linger()

    def _linger(self) -> None:
        """No more from us; what still comes is read and forgotten, for a while."""
        self._deaf = True
        self._stop_head_timer()
        self._unset_keepalive_if_required()
        if self.cycle is not None:
            self.cycle.body.clear()
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._head_timer = self.loop.call_later(_LINGER_SECONDS, self._linger_is_over)

    def _linger_is_over(self) -> None:
        self._head_timer = None
        self.transport.close()
        self._watch_writes()


def connection_class(limits: Limits) -> type[Connection]:
    """For `uvicorn.Config(http=…)`."""
    return type("LimitedConnection", (Connection,), {"limits": limits})
