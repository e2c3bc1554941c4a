"""HTTP on raw sockets: requests that cost this process little, and event streams that can be broken in every way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Self

HOST = "127.0.0.1"


class Link:
    """One connection that is kept; opened when it is needed, and again after it broke."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """(status, JSON). Raises `OSError` where no whole answer comes."""
        content = b"" if body is None else json.dumps(body).encode()
        try:
            if self._streams is None:
                self._streams = await asyncio.open_connection(HOST, self._port)
            reader, writer = self._streams
            head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            writer.write(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
            status, headers = await _head(reader)
            data = await reader.readexactly(int(headers.get("content-length", "0")))
            if headers.get("connection") == "close":
                self.close()
        except (asyncio.IncompleteReadError, OSError) as error:
            self.close()
            raise OSError(f"no whole answer: {error}") from error
        except BaseException:
            self.close()
            raise
        return status, json.loads(data) if data else None


@dataclass(frozen=True, slots=True)
class Heard:
    """One event of a stream."""

    name: str
    id: str
    data: str

    @property
    def json(self) -> Any:
        return json.loads(self.data)


async def events(port: int, query: str = "", last_id: str = "") -> AsyncIterator[Heard]:
    """Of /danmaku/stream, until the server ends it. Raises `OSError` where it breaks off."""
    reader, writer = await asyncio.open_connection(HOST, port, limit=2**20)
    try:
        more = f"Last-Event-ID: {last_id}\r\n" if last_id else ""
        writer.write(f"GET /danmaku/stream?{query} HTTP/1.1\r\nHost: localhost\r\n{more}\r\n".encode())
        status, _ = await _head(reader)
        if status != 200:
            raise OSError(f"/danmaku/stream answered {status}")
        rest = b""
        while (size := int(await reader.readuntil(b"\r\n"), 16)) > 0:
            rest += (await reader.readexactly(size + 2))[:-2]
            *whole, rest = rest.split(b"\r\n\r\n")
            for block in whole:
                if (event := _event(block)) is not None:
                    yield event
    except asyncio.IncompleteReadError as error:
        raise OSError("the stream broke off") from error
    finally:
        writer.close()


def _event(block: bytes) -> Heard | None:
    """None for a comment."""
    fields = dict(line.split(": ", 1) for line in block.decode().split("\r\n") if not line.startswith(":"))
    return Heard(fields["event"], fields.get("id", ""), fields.get("data", "")) if "event" in fields else None


async def _head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return int(first.split()[1]), headers
