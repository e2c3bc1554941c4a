from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ishowtts.training import sheet
from ishowtts.training.sheet import Panels, draw


def mels(loud: slice) -> np.ndarray:
    mel = np.full((200, 100), -7.0, np.float32)
    mel[loud, :10] = 2.5  # the lowest bands
    return mel


def test_true_above_made_low_bands_at_the_bottom_on_one_scale(tmp_path: Path) -> None:
    block = Panels("u1  ann  ", "Hello.", mels(slice(0, 100)), mels(slice(100, 200)))
    draw(tmp_path / "s.png", "step 3", [block, block], -7.0)
    pixels = np.asarray(Image.open(tmp_path / "s.png").convert("RGB")).astype(int)
    assert pixels.shape[1] >= 400
    bright = np.abs(pixels - (252, 253, 191)).sum(-1) < 12
    rows = np.flatnonzero(bright.sum(1) > 150)
    bands = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1)
    assert [len(band) for band in bands] == pytest.approx([16] * 4, abs=2)  # a tenth of each of four panels
    left = [bright[band].any(0).nonzero()[0].min() for band in bands]
    assert left[1] - left[0] == left[3] - left[2] == pytest.approx(200, abs=4)  # two pixels a frame
    black = (pixels[bands[0][0] - 140] < 40).all(-1)  # the top of the first panel
    assert black.sum() > 390


def test_a_long_text_widens_the_sheet(tmp_path: Path) -> None:
    short, long = (Panels("", "word " * n, mels(slice(0)), mels(slice(0))) for n in (1, 200))
    draw(tmp_path / "short.png", "", [short], -7.0)
    draw(tmp_path / "long.png", "", [long], -7.0)
    assert Image.open(tmp_path / "long.png").width > 2 * Image.open(tmp_path / "short.png").width


def test_chinese_is_pinyin_where_no_font_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "_CJK_FONTS", ("no-such-font.ttf",))
    same = mels(slice(0))
    draw(tmp_path / "chinese.png", "", [Panels("", "你好。", same, same)], -7.0)
    draw(tmp_path / "pinyin.png", "", [Panels("", "ni3 hao3 。", same, same)], -7.0)
    assert (tmp_path / "chinese.png").read_bytes() == (tmp_path / "pinyin.png").read_bytes()
