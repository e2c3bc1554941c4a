from pathlib import Path

import pytest

from ishowtts.bench.lines import Line, lines, long_line
from ishowtts.bench.long_text import measure, server_pieces, upstream_pieces
from ishowtts.bench.servers import serve
from ishowtts.bench.systems import Maker
from ishowtts.text.pace import predicted_seconds
from tests.bench.tiny import SETUP, weights


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return long_line(lines(SETUP, tmp_path), 30.0)


def test_half_a_minute_and_nothing_lost_by_either_cut(line: Line) -> None:
    assert 30.0 <= predicted_seconds(line.text) < 36.0
    for pieces in (server_pieces(line.text), upstream_pieces(line)):
        assert " ".join(pieces) == line.text
    assert len(server_pieces(line.text)) > 4


def test_upstreams_chunks_fill_what_the_reference_leaves_of_22_seconds(line: Line) -> None:
    room = len(line.reference.text.encode()) / SETUP.seconds[0] * (22 - SETUP.seconds[0])
    text = Line("long", " ".join([line.text] * 6), line.reference)
    pieces = upstream_pieces(text)
    assert all(len(piece.encode()) <= room for piece in pieces)
    assert all(len(piece.encode()) > room / 2 for piece in pieces[:-1])
    spoken = Line("numbers", "It is 3.14, or so. 你好，再见。", line.reference)
    assert "".join(upstream_pieces(spoken)).replace(" ", "") == spoken.text.replace(" ", "")


def test_first_audio_comes_before_the_last(line: Line) -> None:
    server = serve(Maker(weights(), SETUP).make("ours-eager"))
    try:
        pieces = ["We are here.", "And this is a longer sentence, said after the first one."]
        found = measure("ours", server, "server", pieces, line, nfe=2)
    finally:
        server.close()
    assert 0 < found.first_audio < found.total
    assert found.share == found.first_audio / found.total
    assert found.pieces == 2
