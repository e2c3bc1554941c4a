"""Whether a text can be what is said in a clip, by their lengths alone. docs/voices.md has the figures behind it."""

from __future__ import annotations

from ishowtts.text.pace import ENDING, predicted_seconds
from ishowtts.voices.quality import Finding, Quality

LIKELY = 0.45, 2.2
POSSIBLE = 0.15, 6.0
"""Predicted seconds of the text to seconds of speech heard. Known speech is at 0.67 to 1.75."""


def fit(text: str, quality: Quality) -> Finding | None:
    """What is to be said of a text beside its clip: None where one can be the other."""
    predicted, heard = predicted_seconds(text), quality.speech_seconds
    ratio = max(predicted - ENDING, 0.0) / max(heard, 0.01)  # what any text takes would hide that one is far too short
    if LIKELY[0] <= ratio <= LIKELY[1]:
        return None
    refused = not POSSIBLE[0] <= ratio <= POSSIBLE[1]
    message = (
        f"The text {'cannot' if refused else 'may not'} be what is said in the clip: it takes about {predicted:.1f} s "
        f"to say, and {heard:.1f} s of speech are there. Give every word that is heard, and no other."
    )
    return Finding("text_does_not_fit" if refused else "text_may_not_fit", message, refused)
