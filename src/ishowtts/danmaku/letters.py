"""Letters dressed up as others: 𝓱𝓮𝓵𝓵𝓸, ⓗⓔⓛⓛⓞ, ｈｅｌｌｏ, ʜᴇʟʟᴏ, 🅷🅴🅻🅻🅾."""

from __future__ import annotations

import re
import unicodedata

_SMALL_CAPITALS = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnopqrstuvwyz", strict=True))
_BOXED = {chr(start + i): chr(ord("A") + i) for start in (0x1F150, 0x1F170) for i in range(26)}
_DRESSED = _SMALL_CAPITALS | _BOXED

STYLED = re.compile(
    "[\U0001d400-\U0001d7ff]+"  # mathematical
    "|[\u2460-\u24ff\u2776-\u2793\U0001f110-\U0001f12b\U0001f130-\U0001f149]+"  # circled, in brackets, in squares
    "|[０-９Ａ-Ｚａ-ｚ]+|[ｦ-ﾟ]+|[ﬀ-ﬆ]+|[\u2070-\u209c\u1d2c-\u1d6a\u02b0-\u02b8]+"
    "|[\u2102\u210a-\u2113\u2115\u2119-\u211d\u2124\u2128\u212c\u212d\u212f-\u2134\u2139]+"  # letters in formulas
    f"|[{''.join(_DRESSED)}]+"
)


def unstyled(m: re.Match[str]) -> str:
    """The plain letters of a match of `STYLED`."""
    plain = "".join(_DRESSED.get(c, c) for c in m[0])
    return unicodedata.normalize("NFKC", plain)
