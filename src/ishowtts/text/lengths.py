"""How long a text should last in a voice of which one clip is known: for models that do not decide it themselves.

A straight line: what any text takes (`pace.ENDING`) and what its syllables take, both at the pace of the clip. So a
short text is never a fraction of a long one, and no two that are nearly alike differ by a leap.
"""

from __future__ import annotations

import math

from ishowtts.text.pace import predicted_seconds

PRIOR_SECONDS = 1.0
"""How much speech at the average pace a clip has to outweigh: a short clip says little of a voice's pace."""
FASTEST, SLOWEST = 0.5, 2.0
"""Seconds for each at the average pace. Beyond, the clip's text is not what is said in it, or it is half silence."""


def pace_of(reference_text: str, reference_seconds: float) -> float:
    """Seconds that the voice takes for each of the average pace; 1 where the text says nothing."""
    own = predicted_seconds(reference_text)
    if own <= 0 or reference_seconds <= 0:
        return 1.0
    trust = own / (own + PRIOR_SECONDS)
    return min(SLOWEST, max(FASTEST, math.exp(trust * math.log(reference_seconds / own))))


def spoken_seconds(text: str, reference_text: str, reference_seconds: float, speed: float = 1.0) -> float:
    """Of `text` in the voice of the clip; at twice the `speed` exactly half."""
    return predicted_seconds(text) * pace_of(reference_text, reference_seconds) / speed
