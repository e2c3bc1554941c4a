"""Who says what in a benchmark of speed: texts that differ, in voices of their language."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path

import numpy as np
import soundfile

from ishowtts.bench.setup import Setup
from ishowtts.bench.speech import assign
from ishowtts.bench.texts import load_items
from ishowtts.engine.catalog import F5_MINI
from ishowtts.engine.features import SAMPLE_RATE
from ishowtts.engine.job import Job, Reference, Sampling
from ishowtts.text.pace import predicted_seconds
from ishowtts.voices.library import VoiceLibrary

MADE_UP_TEXT = "We found a quiet table near the window and ordered soup."


@dataclass(frozen=True)
class Line:
    """A text and the voice that says it; `fix_duration` is in seconds, the reference clip's with it."""

    id: str
    text: str
    reference: Reference
    fix_duration: float | None = None

    def job(self, id: str, nfe: int, seed: int) -> Job:
        return Job(id, self.text, self.reference, Sampling(nfe_step=nfe, seed=seed, fix_duration=self.fix_duration))


def lines(setup: Setup, folder: Path) -> list[Line]:
    """Sentences of both languages by turns, in the built-in voices; with random weights English in a made-up voice,
    whose clip is written to `folder`."""
    items = [item for item in load_items() if item.kind == "sentence"]
    if setup.random_weights:
        reference = made_up_voice(folder / "voice.wav", setup.seconds[0])
        return [
            Line(item.id, item.text, reference, sum(setup.seconds))
            for item in items
            if item.language == "en" and item.text != MADE_UP_TEXT
        ]
    by_language = [[item for item in items if item.language == language] for language in ("en", "zh")]
    turns = [item for item in chain(*zip_longest(*by_language)) if item is not None]
    voices = VoiceLibrary(F5_MINI / "voices", [], None, {}).list()
    return [Line(item.id, item.text, voice.reference()) for item, voice in assign(turns, voices)]


def made_up_voice(path: Path, seconds: float) -> Reference:
    """A clip of noise, which takes as long to work on as a voice."""
    wav = 0.1 * np.random.default_rng(0).standard_normal(round(seconds * SAMPLE_RATE))
    soundfile.write(path, wav, SAMPLE_RATE)
    return Reference("made-up", path, hashlib.sha256(path.read_bytes()).hexdigest(), MADE_UP_TEXT, "en")


def turn(pool: Sequence[Line], start: int, count: int) -> list[Line]:
    """`count` lines from number `start` on, beginning again at the end of the pool."""
    return [pool[(start + i) % len(pool)] for i in range(count)]


def long_line(pool: Sequence[Line], seconds: float) -> Line:
    """English sentences of the pool as one text that takes about so long to say, in the voice of the first."""
    english = [line for line in pool if line.reference.language == "en"]
    text = ""
    for line in english:
        if predicted_seconds(text) >= seconds:
            break
        text = f"{text} {line.text}".strip()
    return Line("long", text, english[0].reference)
