"""Why a connection ended, in plain words that hold neither secrets nor addresses with keys in them."""

from __future__ import annotations

import socket
import ssl

import httpx
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidMessage,
    InvalidProxy,
    InvalidStatus,
    ProxyError,
)

from ishowtts.danmaku.sources.source import SourceFailed

_TOO_BIG = 1009


def plain_words(error: BaseException) -> str | None:
    """None for an error that no network makes: one of the program."""
    match error:
        case SourceFailed():
            return str(error)
        case ImportError():
            return "The proxy in this machine's environment is a SOCKS one: `pip install python-socks socksio`."
        case ConnectionClosed():
            sent = error.sent.code if error.sent else None
            if sent == _TOO_BIG:
                return "The platform sent a message that is larger than any should be."
            code = f" (code {error.rcvd.code})" if error.rcvd else ""
            return f"The platform closed the connection{code}."
        case ProxyError() | InvalidProxy() | httpx.ProxyError():
            return "The proxy in this machine's environment does not let the connection through."
        case InvalidStatus() if 300 <= error.response.status_code < 400:
            return "The platform sends the connection to another address, which is not followed."
        case InvalidStatus():
            return f"The platform refuses the connection (HTTP {error.response.status_code})."
        case InvalidHandshake() | InvalidMessage():
            return "What answers is no chat server."
        case TimeoutError() | httpx.TimeoutException():
            return "The platform does not answer in time."
        case ssl.SSLCertVerificationError():
            return "The platform's certificate cannot be trusted: this machine's clock may be wrong."
        case ssl.SSLError():
            return "The encrypted connection could not be set up."
        case socket.gaierror():
            return "The platform's name is not found: this machine may be offline."
        case ConnectionRefusedError():
            return "Nothing answers at the platform's address."
        case OSError() | httpx.TransportError():
            return "The connection could not be made, or broke off."
    return None
