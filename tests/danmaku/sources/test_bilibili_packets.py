from __future__ import annotations

import json
import struct
import tracemalloc
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ishowtts.danmaku.sources.bilibili_packets import (
    MOST_INFLATED,
    MOST_PACKET,
    BadPacket,
    Decoder,
    Operation,
    Packet,
    Version,
    encode,
)


def message(**command: object) -> bytes:
    return encode(Operation.MESSAGE, json.dumps(command).encode(), Version.PLAIN)


def packed(*packets: bytes) -> bytes:
    return encode(Operation.MESSAGE, zlib.compress(b"".join(packets)), Version.ZLIB)


def bodies(packets: object) -> list[bytes]:
    return [packet.body for packet in packets]  # type: ignore[attr-defined]


def test_the_header_is_as_the_platform_has_it() -> None:
    assert encode(Operation.AUTH, b"{}") == struct.pack(">I2H2I", 18, 16, 1, 7, 1) + b"{}"


def test_several_packets_in_one_frame_plain_and_packed() -> None:
    frame = message(cmd="A") + packed(message(cmd="B"), message(cmd="C")) + message(cmd="D")
    assert [json.loads(body)["cmd"] for body in bodies(Decoder().feed(frame))] == ["A", "B", "C", "D"]


@given(st.integers(1, 60), st.integers(1, 400))
def test_a_packet_over_several_frames(count: int, size: int) -> None:
    body = json.dumps({"cmd": "x" * 50}).encode()
    stream = b"".join(encode(Operation.MESSAGE, body, Version.PLAIN) for _ in range(count))
    # Pieces that begin just where a packet does are whole frames to any reader, and nothing is lost of them either.
    decoder, got = Decoder(), []
    for at in range(0, len(stream), size):
        got += bodies(decoder.feed(stream[at : at + size]))
    assert got == [body] * count


def test_a_frame_that_was_cut_off_costs_only_itself() -> None:
    decoder = Decoder()
    assert bodies(decoder.feed(message(cmd="A")[:25])) == []
    assert bodies(decoder.feed(message(cmd="B"))) == [b'{"cmd": "B"}']


def test_a_heartbeat_reply_may_hold_more_than_it_says() -> None:
    decoder = Decoder()
    reply = struct.pack(">I2H2I", 20, 16, 1, 3, 1) + struct.pack(">I", 7)
    assert list(decoder.feed(reply + b"what we sent")) == [Packet(Operation.HEARTBEAT_REPLY, struct.pack(">I", 7))]
    assert bodies(decoder.feed(message(cmd="A"))) == [b'{"cmd": "A"}']


@pytest.mark.parametrize(
    "frame",
    [
        struct.pack(">I2H2I", 8, 16, 0, 5, 1),
        struct.pack(">I2H2I", 0, 0, 0, 5, 1),
        struct.pack(">I2H2I", 0xFFFFFFFF, 16, 0, 5, 1),
        struct.pack(">I2H2I", MOST_PACKET + 1, 16, 0, 5, 1),
        struct.pack(">I2H2I", 18, 20, 0, 5, 1) + b"{}",
        encode(Operation.MESSAGE, b"no zlib at all", Version.ZLIB),
        encode(Operation.MESSAGE, zlib.compress(message(cmd="A"))[:-5], Version.ZLIB),
        encode(Operation.MESSAGE, zlib.compress(b"short"), Version.ZLIB),
        packed(message(cmd="A") + b"\x00" * 5),
        packed(packed(message(cmd="A"))),
        packed(struct.pack(">I2H2I", 500, 16, 0, 5, 1)),
        packed(struct.pack(">I2H2I", 0, 0, 0, 5, 1)),
        encode(Operation.MESSAGE, b"\x0b\x02\x80hello\x03", Version.BROTLI),
        encode(Operation.MESSAGE, b"{}", 9),  # type: ignore[arg-type]
    ],
)
def test_what_is_wrong_is_told_and_the_next_frame_is_read(frame: bytes) -> None:
    decoder = Decoder()
    with pytest.raises(BadPacket):
        list(decoder.feed(frame))
    assert bodies(decoder.feed(message(cmd="B"))) == [b'{"cmd": "B"}']


@pytest.mark.parametrize("packets", [1, 50])
def test_a_decompression_bomb_costs_little_memory(packets: int) -> None:
    packer = zlib.compressobj(9)
    bomb = b"".join(packer.compress(bytes(1024 * 1024)) for _ in range(64)) + packer.flush()
    frame = encode(Operation.MESSAGE, bomb, Version.ZLIB) * packets
    tracemalloc.start()
    with pytest.raises(BadPacket, match="inflate"):
        list(Decoder().feed(frame))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * MOST_INFLATED + len(frame)


def test_the_limit_is_for_all_packets_of_a_frame() -> None:
    part = packed(encode(Operation.MESSAGE, b" " * (MOST_PACKET - 100), Version.PLAIN))
    assert len(list(Decoder().feed(part * 4))) == 4
    with pytest.raises(BadPacket, match="inflate"):
        list(Decoder().feed(part * 5))


@given(st.lists(st.binary(max_size=200), max_size=10))
def test_anything_is_read_or_refused(frames: list[bytes]) -> None:
    decoder = Decoder()
    for frame in frames:
        try:
            for packet in decoder.feed(frame):
                assert len(packet.body) <= MOST_INFLATED
        except BadPacket:
            pass
        assert len(decoder._begun) <= MOST_PACKET


@given(st.binary(max_size=300), st.integers(0, 300))
def test_a_damaged_frame_is_read_or_refused(junk: bytes, at: int) -> None:
    frame = packed(message(cmd="A", data={"x": 1}), message(cmd="B")) + message(cmd="C")
    with suppress(BadPacket):
        list(Decoder().feed(frame[:at] + junk + frame[at + len(junk) :]))
