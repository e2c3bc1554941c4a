"""The packets of Bilibili's live WebSocket, without any connection.

A packet is a header of 16 bytes (length of the whole, length of the header, version of the body, operation, sequence;
big-endian) and a body. A body of version 2 is zlib and holds whole packets again.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

MOST_PACKET = 1024 * 1024
"""Bytes of one packet as it is sent."""
MOST_INFLATED = 4 * 1024 * 1024
"""Bytes that all packets of one frame may inflate to."""
_HEADER = struct.Struct(">IHHII")


class Operation(IntEnum):
    HEARTBEAT = 2
    HEARTBEAT_REPLY = 3
    MESSAGE = 5
    AUTH = 7
    AUTH_REPLY = 8


class Version(IntEnum):
    PLAIN = 0
    CONTROL = 1
    ZLIB = 2
    BROTLI = 3


class BadPacket(ValueError):
    """Bytes that are no packet, or one that is past a limit; the message says which."""


@dataclass(frozen=True, slots=True)
class Packet:
    """Not compressed any more. `operation` may be one that `Operation` does not know."""

    operation: int
    body: bytes


def encode(operation: Operation, body: bytes = b"", version: Version = Version.CONTROL, sequence: int = 1) -> bytes:
    return _HEADER.pack(_HEADER.size + len(body), _HEADER.size, version, operation, sequence) + body


class Decoder:
    """Frames of one connection, in order, → packets."""

    def __init__(self) -> None:
        self._begun = b""

    def feed(self, frame: bytes) -> Iterator[Packet]:
        """The packets that `frame` ends. Raises `BadPacket`; what came before it in the frame was given out.

        After that the next frame is read as if it were the first.
        """
        data = frame
        # A frame that begins a packet of its own means that the rest of the one before will not come.
        if self._begun and not _begins(frame):
            data = self._begun + frame
        self._begun = b""
        budget, at = _Budget(MOST_INFLATED), 0
        while at < len(data):
            if len(data) - at < _HEADER.size:
                self._begun = data[at:]
                return
            length, header, version, operation, _ = _HEADER.unpack_from(data, at)
            if not _HEADER.size <= header <= length <= MOST_PACKET:
                raise BadPacket(f"a packet's header says {length} bytes, {header} of them its own")
            if operation == Operation.HEARTBEAT_REPLY:
                # The server appends what the heartbeat held without counting it.
                yield Packet(operation, data[at + header : at + length])
                return
            if len(data) - at < length:
                self._begun = data[at:]
                return
            yield from _open(operation, version, data[at + header : at + length], budget)
            at += length


@dataclass(slots=True)
class _Budget:
    left: int


def _begins(frame: bytes) -> bool:
    if len(frame) < _HEADER.size:
        return False
    length, header, version, operation, _ = _HEADER.unpack_from(frame)
    return bool(header == _HEADER.size and header <= length <= MOST_PACKET and version <= 3 and operation <= 17)


def _open(operation: int, version: int, body: bytes, budget: _Budget) -> Iterator[Packet]:
    if version in (Version.PLAIN, Version.CONTROL):
        yield Packet(operation, body)
    elif version == Version.ZLIB:
        yield from _inside(_inflate(body, budget))
    elif version == Version.BROTLI:
        raise BadPacket("a packet is compressed with brotli, which was not asked for")
    else:
        raise BadPacket(f"a packet has the unknown version {version}")


def _inside(data: bytes) -> Iterator[Packet]:
    """Packets within a compressed one; none of them is compressed again."""
    at = 0
    while at < len(data):
        if len(data) - at < _HEADER.size:
            raise BadPacket("a compressed packet ends within a header")
        length, header, version, operation, _ = _HEADER.unpack_from(data, at)
        if not _HEADER.size <= header <= length <= len(data) - at:
            raise BadPacket(f"a compressed packet holds one of {length} bytes, {header} of them its header")
        if version not in (Version.PLAIN, Version.CONTROL):
            raise BadPacket("a compressed packet holds a compressed packet")
        yield Packet(operation, data[at + header : at + length])
        at += length


def _inflate(body: bytes, budget: _Budget) -> bytes:
    inflater = zlib.decompressobj()
    try:
        # One byte more than allowed tells one that is too large from one that just fits.
        data = inflater.decompress(body, budget.left + 1)
    except zlib.error:
        raise BadPacket("a packet's zlib stream is damaged") from None
    if len(data) > budget.left:
        raise BadPacket(f"the packets of a frame inflate to more than {MOST_INFLATED} bytes")
    if not inflater.eof:
        raise BadPacket("a packet's zlib stream is cut off")
    budget.left -= len(data)
    return data
