"""Log-mels in pairs, the true one above the made one, as a PNG. Needs Pillow, the extra `[train]`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pypinyin import Style, lazy_pinyin

from ishowtts.engine.features import FRAMES_PER_SECOND

if TYPE_CHECKING:
    from PIL import ImageDraw

MISSING = "Pillow is not installed (pip install pillow, or the extra [train])"
TOP = 2.5  # of the colour scale; speech at a usual level peaks here
_FRAME, _HEIGHT = 2, 160  # pixels of a frame and of a panel
_MARGIN, _GAP, _LINE, _AXIS = 56, 4, 24, 18
_INK, _FAINT, _PAPER = (20, 20, 20), (110, 110, 110), (255, 255, 255)
# Black through violet and orange to pale yellow: even in lightness, so that it reads in grey as well.
_COLOURS = np.array(
    [(0, 0, 4), (40, 17, 89), (101, 26, 128), (161, 48, 126), (222, 73, 104), (251, 136, 97), (252, 253, 191)]
)
_CJK_FONTS = (
    "NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf", "NotoSansSC-Regular.otf", "NotoSerifCJK-Regular.ttc",
    "SourceHanSansSC-Regular.otf", "wqy-microhei.ttc", "wqy-zenhei.ttc", "DroidSansFallbackFull.ttf", "PingFang.ttc",
    "msyh.ttc",
)  # fmt: skip


@dataclass(frozen=True)
class Panels:
    """`true` and `made` are log-mels (frames, 100); `text` may be Chinese, `about` is plain ASCII."""

    about: str
    text: str
    true: np.ndarray
    made: np.ndarray


def available() -> bool:
    return util.find_spec("PIL") is not None


def draw(path: Path, title: str, blocks: Sequence[Panels], floor: float) -> None:
    """One scale of colour for all panels, from `floor` to 2.5."""
    from PIL import Image, ImageDraw, ImageFont

    plain, chinese = ImageFont.load_default(15), _chinese_font(15)
    captions = []
    for block in blocks:
        font = plain if block.text.isascii() else chinese or plain
        captions.append((block.about + (block.text if block.text.isascii() or chinese else _pinyin(block.text)), font))
    title = f"{title}; log-mel {floor:g} (dark) to {TOP:g} (bright)"

    measure = ImageDraw.Draw(Image.new("RGB", (1, 1)))
    texts = [measure.textlength(title, plain), *(measure.textlength(text, font) for text, font in captions)]
    frames = max((len(mel) for block in blocks for mel in (block.true, block.made)), default=0)
    width = _MARGIN + max(_FRAME * frames, *map(round, texts)) + _GAP
    each = _LINE + 2 * (_HEIGHT + _GAP) + _AXIS
    sheet = Image.new("RGB", (width, _LINE + _GAP + each * len(blocks)), _PAPER)
    pen = ImageDraw.Draw(sheet)
    pen.text((_GAP, _GAP), title, _FAINT, plain)
    top = _LINE + _GAP
    for block, (text, font) in zip(blocks, captions, strict=True):
        pen.text((_MARGIN, top), text, _INK, font)
        top += _LINE
        for name, mel in (("true", block.true), ("made", block.made)):
            pen.text((_GAP, top + _HEIGHT // 2 - 8), name, _INK, plain)
            sheet.paste(Image.fromarray(_coloured(mel, floor)).resize((_FRAME * len(mel), _HEIGHT)), (_MARGIN, top))
            top += _HEIGHT + _GAP
        _seconds(pen, top, max(len(block.true), len(block.made)))
        top += _AXIS
    sheet.save(path)


def _coloured(mel: np.ndarray, floor: float) -> np.ndarray:
    """Low bands at the bottom: (100, frames, 3) uint8."""
    share = np.clip((mel.T[::-1] - floor) / (TOP - floor), 0, 1)
    at = np.linspace(0, 1, len(_COLOURS))
    return np.stack([np.interp(share, at, channel) for channel in _COLOURS.T], axis=-1).round().astype(np.uint8)


def _seconds(pen: ImageDraw.ImageDraw, top: int, frames: int) -> None:
    from PIL import ImageFont

    small = ImageFont.load_default(11)
    for half in range(int(2 * frames / FRAMES_PER_SECOND) + 1):
        x = _MARGIN + round(_FRAME * FRAMES_PER_SECOND * half / 2)
        pen.line((x, top - _GAP, x, top), _FAINT)
        if half % 2 == 0:
            pen.text((x + 2, top - _GAP), f"{half // 2} s", _FAINT, small)


def _chinese_font(size: int) -> Any:
    """A font of the system that has Chinese characters, if one is found by name."""
    from PIL import ImageFont

    for name in _CJK_FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return None


def _pinyin(text: str) -> str:
    return " ".join(lazy_pinyin(text, style=Style.TONE3))
