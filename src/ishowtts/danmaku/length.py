"""A text cut to what a listener bears, where a sentence, a clause or a word ends."""

from __future__ import annotations

import re

from ishowtts.danmaku.policy import LengthPolicy
from ishowtts.text.cut import cut
from ishowtts.text.pace import predicted_seconds
from ishowtts.text.segments import split_spans

_WIDE = re.compile(
    "[\u1100-\u11ff\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff]"
)
_LEAST_SECONDS = 0.1
_BEYOND = 4
"""Times what may stay at most that is looked at: text without marks is cut evenly, so what follows counts too."""


def fits(text: str, policy: LengthPolicy, times: float = 1.0) -> bool:
    return _most_characters(text, policy, times) == len(text) and predicted_seconds(text) <= policy.max_seconds * times


def trimmed(text: str, policy: LengthPolicy, times: float = 1.0) -> str:
    """`text` itself if it fits; else its start. `times` is how much longer it may be."""
    head = cut(text, _most_characters(text, policy, times))
    seconds = min(policy.max_seconds * times, predicted_seconds(head))
    if head == text and predicted_seconds(text) <= seconds:
        return text
    # Only the first piece counts: of a long text the rest would cost milliseconds.
    near, longest = cut(text, _BEYOND * len(head)), max(seconds, _LEAST_SECONDS)
    pieces = split_spans(near, first_seconds=longest, max_seconds=longest)
    return cut(text[: pieces[0][1]], len(head)).strip() if pieces else ""


def _most_characters(text: str, policy: LengthPolicy, times: float) -> int:
    """How many from its start; a wide one counts as so many of the narrow as the two limits say."""
    used, narrow, wide = 0.0, 1 / (policy.max_latin * times), 1 / (policy.max_cjk * times)
    for i, c in enumerate(text):
        used += wide if c > "\u10ff" and _WIDE.match(c) else narrow
        if used > 1 + 1e-9:
            return i
    return len(text)
