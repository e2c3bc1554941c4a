"""Bytes of a client → events, with a limit on everything: the reader of the `wyoming` package trusts its peer."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any, NoReturn

from ishowtts.errors import BadJson, BodyTooLarge, InvalidRequest

MAX_PAYLOAD_BYTES = 1024 * 1024
"""Nothing that a client of ours should send has a payload; one of an unknown event is read past."""
MAX_TYPE_CHARS = 64
_PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Frame:
    """One event of a client, without its payload."""

    type: str
    data: dict[str, Any] = field(default_factory=dict)


async def read_frame(reader: asyncio.StreamReader, max_bytes: int) -> Frame | None:
    """The next event, None at the end of the connection; `max_bytes` bounds its line and its data, each.

    `max_bytes` must be the limit of `reader`. Raises `BadJson`, `BodyTooLarge`, `InvalidRequest`; what comes after
    cannot be told apart any more.
    """
    try:
        line = await reader.readuntil(b"\n")
        header = _object(line)
        kind = header.get("type")
        if not isinstance(kind, str) or not 0 < len(kind) <= MAX_TYPE_CHARS:
            raise InvalidRequest("An event needs a `type`.", param="type")
        data = header.get("data", {})
        if not isinstance(data, dict):
            raise InvalidRequest("`data` of an event should be a JSON object.", param="data")
        size = _length(header, "data_length", max_bytes)
        if size:
            data = {**data, **_object(await reader.readexactly(size))}
        await _skip(reader, _length(header, "payload_length", MAX_PAYLOAD_BYTES))
    except asyncio.LimitOverrunError:
        raise _too_large("A line", max_bytes) from None
    except asyncio.IncompleteReadError:
        return None
    return Frame(kind, data)


async def _skip(reader: asyncio.StreamReader, size: int) -> None:
    while size:
        size -= len(await reader.readexactly(min(size, _PIECE)))


def _length(header: dict[str, Any], name: str, limit: int) -> int:
    value = header.get(name)
    if value is None:
        return 0
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise InvalidRequest(f"`{name}` should be a number of bytes.", param=name)
    if value > limit:
        raise _too_large(f"`{name}`", limit)
    return value


def _too_large(what: str, limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"{what} is over {limit} bytes, the most this server reads of one event.")


def _object(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data.decode("utf-8"), parse_constant=_refuse)
    except InvalidRequest:
        raise
    except RecursionError:
        raise BadJson("An event is nested too deep.") from None
    except ValueError:  # not UTF-8, not JSON, or a number of more digits than Python turns into an int
        raise BadJson("An event is not JSON: this port speaks the Wyoming protocol, one JSON object a line.") from None
    if not isinstance(value, dict):
        raise BadJson("An event should be a JSON object.")
    return value


def _refuse(constant: str) -> NoReturn:
    raise BadJson(f"An event holds {constant}, which is not JSON.")
