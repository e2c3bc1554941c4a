from __future__ import annotations

import re
from pathlib import Path

import pytest
from pypinyin import Style, lazy_pinyin

from ishowtts.text.language import HAN
from ishowtts.text.polyphones import corrections
from ishowtts.text.readers import Mandarin
from ishowtts.text.tokens import pinyin_tokens

ROWS = [
    line.split("\t")
    for line in (Path(__file__).parent / "polyphones.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]


def test_there_are_many() -> None:
    assert len(ROWS) >= 150
    assert len({text for text, _ in ROWS}) == len(ROWS)


@pytest.mark.parametrize(("marked", "syllable"), ROWS, ids=[text for text, _ in ROWS])
def test_a_character_is_read_as_its_text_wants(marked: str, syllable: str) -> None:
    """As tokens of the official models. Sandhi changes tones, and both sides leave neutral ones bare."""
    text = re.sub(r"[\[\]]", "", marked)
    place = len(re.findall(f"[{HAN}]", marked[: marked.index("[")]))
    syllables = [token for token in pinyin_tokens(text) if token[0].isascii() and token.strip() and token.isalnum()]
    said = syllables[place]
    assert said.rstrip("12345") == syllable.rstrip("12345")
    if not re.fullmatch(r".*[35]", syllable):
        assert said == syllable


def test_f5_minis_reader_takes_the_same_corrections() -> None:
    reader = Mandarin()
    for text in ("记得还钱给我。", "这条路很长。", "他跑得很快。"):
        [at] = [i for i in corrections(text.rstrip("。"))]
        wanted = corrections(text.rstrip("。"))[at]
        plain = reader._g2p.py2ipa(lazy_pinyin(text[at], style=Style.TONE3, neutral_tone_with_five=True)[0])
        better = reader._g2p.py2ipa(wanted).replace("\u032f", "")
        said = [piece.phonemes for piece in reader.pieces(text) if piece.start <= at < piece.end]
        assert said == [better] != [plain]
