"""How uvicorn serves the app: one place for the server and for the tests."""

from __future__ import annotations

import logging
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from ishowtts.api.connection import Limits, connection_class
from ishowtts.api.socket_connection import MOST_MESSAGE, socket_class
from ishowtts.settings import ServerSettings

_WRITE_SECONDS = 60.0


def _of_interest(record: logging.LogRecord) -> bool:
    """An answer is left without an end where its client must see that it broke off; the access log tells of it."""
    return record.msg != "ASGI callable returned without completing response."


def uvicorn_config(app: ASGIApp, server: ServerSettings, **more: Any) -> uvicorn.Config:
    """`more` goes to uvicorn as it is."""
    logging.getLogger("uvicorn.error").addFilter(_of_interest)
    limits = Limits(
        connections=server.max_connections,
        head_bytes=server.max_header_bytes,
        head_seconds=server.header_timeout,
        write_seconds=max(_WRITE_SECONDS, server.sse_send_timeout),
    )
    return uvicorn.Config(
        app,
        http=connection_class(limits),
        ws=socket_class(server.sse_send_timeout),
        ws_max_size=MOST_MESSAGE,
        ws_per_message_deflate=False,  # a few bytes can be unpacked to any number
        timeout_keep_alive=server.keep_alive_timeout,
        log_config=None,  # its loggers go where ours go
        access_log=False,  # the app writes its own, without the texts
        server_header=False,
        **more,
    )
