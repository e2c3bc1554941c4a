"""Letters and digits in other clothes: ｆｕｌｌ　ｗｉｄｔｈ, 𝓼𝓽𝔂𝓵𝓮𝓭, ⓒⓘⓡⓒⓛⓔⓓ → plain ones, one for one.

Not NFKC of the text: that would make ½ three signs, ① a 1 beside other digits, and 「，」 a comma without its pause.
"""

from __future__ import annotations

import re
import unicodedata

_SMALL_CAPITALS = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnopqrstuvwyz", strict=True))
_BOXED = {chr(start + i): chr(ord("A") + i) for start in (0x1F110, 0x1F130, 0x1F150, 0x1F170) for i in range(26)}
_RANGES = ((0xFF10, 0xFF1A), (0xFF21, 0xFF3B), (0xFF41, 0xFF5B), (0x1D400, 0x1D800), (0x24B6, 0x24EA), (0x2100, 0x2140))
_MARKS = {"．": ".", "％": "%", "＋": "+", "＄": "$", "￡": "£", "﹪": "%", "＃": "#", "＠": "@", "＝": "=", "／": "/",
          "－": "-", "〜": "~"}  # fmt: skip


def _plain() -> dict[int, str]:
    table = _SMALL_CAPITALS | _BOXED | _MARKS
    for start, end in _RANGES:
        for c in map(chr, range(start, end)):
            plain = unicodedata.normalize("NFKC", c)
            if len(plain) == 1 and plain != c and plain.isascii() and plain.isalnum():
                table[c] = plain
    return {ord(c): plain for c, plain in table.items()}


_PLAIN = _plain()
_ANY = re.compile(f"[{''.join(map(re.escape, map(chr, _PLAIN)))}]")


def plain_letters(text: str) -> str:
    """As long as `text`."""
    return text if text.isascii() or not _ANY.search(text) else text.translate(_PLAIN)
