"""The WebSocket connection of uvicorn, with an end to what can be made to last or to grow."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any, ClassVar

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from ishowtts.errors import BadHttp

_log = logging.getLogger("ishowtts.sockets")
_log.setLevel(logging.WARNING)  # the access log has one line for each, without the query

MOST_MESSAGE = 64 * 1024
"""Bytes of one message from a client, however many frames it is cut into."""


class SocketConnection(WebSocketsSansIOProtocol):
    """One connection. Who takes no byte of what is sent for `write_seconds` is let go, and not read meanwhile."""

    write_seconds: ClassVar[float]

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.logger = self.conn.logger = _log
        self._stalled: asyncio.TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self.handshake_initiated and not self.transport.is_closing():
            # Refused by the library below before the app could be asked; nobody else would say so.
            body = json.dumps(BadHttp("This is no WebSocket handshake as this server reads it.").body()).encode()
            self.transport.write(
                b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n"
                b"content-length: %d\r\nconnection: close\r\n\r\n%b" % (len(body), body)
            )
            self.transport.close()

    async def send(self, message: ASGISendEvent) -> None:
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and not message.get("more_body"):
            self.handshake_complete = True  # a refusal is an answer too, and no error for the log

    def connection_lost(self, exc: Exception | None) -> None:
        self._no_longer_stalled()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self.transport.pause_reading()  # each ping asks for a pong
        if self._stalled is None:
            self._watch()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._no_longer_stalled()
        if not self.read_paused:
            self.transport.resume_reading()

    def _watch(self) -> None:
        unwritten = self.transport.get_write_buffer_size()
        self._stalled = self.loop.call_later(self.write_seconds, self._look, unwritten)

    def _look(self, unwritten: int) -> None:
        if self.transport.get_write_buffer_size() >= unwritten:
            self.transport.abort()
        else:
            self._watch()

    def _no_longer_stalled(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None


def socket_class(write_seconds: float) -> type[SocketConnection]:
    """For `uvicorn.Config(ws=…)`."""
    return type("LimitedSocket", (SocketConnection,), {"write_seconds": write_seconds})
