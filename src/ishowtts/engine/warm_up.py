"""What is said before anybody asks, so that the first who asks does not wait."""

from __future__ import annotations

from ishowtts.engine.job import Job, Reference, Sampling

TEXTS = {"en": "Hello, and welcome to the stream.", "zh": "大家好，欢迎来到直播间。"}


def greeting(reference: Reference, nfe_step: int) -> Job:
    """A short line in the language of a voice."""
    text = TEXTS.get(reference.language, TEXTS["en"])
    return Job("warm-up", text, reference, Sampling(nfe_step=nfe_step))
