"""Pieces of regular expressions that more than one rule is made of."""

from __future__ import annotations

from ishowtts.text.language import HAN

WHOLE = r"(?:\d{1,3}(?:,\d{3})+(?![\d,])|\d+)"
NUMBER = rf"(?:{WHOLE}(?:\.\d+)?)"
ALONE = r"(?<![\dA-Za-z.])(?<!\d,)(?<![A-Za-z]-)(?<![A-Za-z]\d-)"
"""In front of a number: it is not the tail of another, or of a name."""
DASH = r"(?:\s?[-–—−~～]\s?)"
NOT_MORE = r"(?![\dA-Za-z])(?!\.\d)"
"""Behind a number: it does not go on."""
IS_HAN = f"[{HAN}]"
MINUS = "-−–"
