"""Gifts as the web page gets them since 2026-07: protobuf in base64, of which a reader wants a few fields."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass

MOST_BASE64 = 256 * 1024
MOST_GIFTS = 20
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


@dataclass(frozen=True, slots=True)
class Sender:
    uid: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class Gift:
    """`price` of one, in thousandths of a yuan; `at` in Unix seconds."""

    name: str = ""
    count: int = 1
    price: int = 0
    paid: bool = False
    transaction: str = ""
    at: int = 0


def read_gifts(written: str) -> tuple[Sender, list[Gift]]:
    """No gifts for what cannot be read."""
    try:
        if len(written) > MOST_BASE64:
            return Sender(), []
        data = base64.b64decode(written, validate=True)
        numbers, pieces = _message(data)
        gifts = [_gift(piece) for piece in pieces.get(10, [])[:MOST_GIFTS]]
    except (ValueError, binascii.Error):
        return Sender(), []
    return Sender(numbers.get(1, 0), _text(pieces, 2)), gifts


def _gift(data: bytes) -> Gift:
    numbers, pieces = _message(data)
    return Gift(
        name=_text(pieces, 2),
        count=max(1, numbers.get(3, 1)),
        price=numbers.get(5, 0),
        paid=_text(pieces, 8) == "gold",
        transaction=_text(pieces, 9),
        at=numbers.get(10, 0),
    )


def _text(pieces: dict[int, list[bytes]], field: int) -> str:
    return pieces.get(field, [b""])[-1].decode("utf-8", "replace")


def _message(data: bytes) -> tuple[dict[int, int], dict[int, list[bytes]]]:
    """The numbers and the pieces of bytes by field. Raises `ValueError`."""
    numbers: dict[int, int] = {}
    pieces: dict[int, list[bytes]] = {}
    for field, value in _fields(data):
        if isinstance(value, int):
            numbers[field] = value
        else:
            pieces.setdefault(field, []).append(value)
    return numbers, pieces


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        kind = key & 7
        if kind == _VARINT:
            number, at = _varint(data, at)
            yield key >> 3, number
            continue
        size = {_FIXED64: 8, _FIXED32: 4}.get(kind, 0)
        if kind == _BYTES:
            size, at = _varint(data, at)
        elif not size:
            raise ValueError("a kind of field that is not used any more")
        if size > len(data) - at:
            raise ValueError("a field is longer than its message")
        if kind == _BYTES:
            yield key >> 3, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number and where it ends; up to 64 bits."""
    number = 0
    for place in range(10):
        if at + place >= len(data):
            break
        byte = data[at + place]
        number |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return number & 0xFFFF_FFFF_FFFF_FFFF, at + place + 1
    raise ValueError("a number does not end")
