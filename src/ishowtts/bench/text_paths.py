"""The same lines said by way of several text paths, and heard: what a path makes of a line is all that differs.

- `upstream`: upstream's chunks and its length rule, every chunk as long as that says, the text as it was written.
- `plain`: this server's segments and lengths, the text as it was written.
- `normalised`: the same, after the normaliser.

Upstream leaves reading to its model. f5-mini needs phonemes, so all paths share its readers, which know some numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ishowtts.audio.join import Joiner
from ishowtts.bench.cache import Sound
from ishowtts.bench.judges import Judges
from ishowtts.bench.readings import distance
from ishowtts.bench.speech import say
from ishowtts.bench.spoken_lines import Line
from ishowtts.bench.upstream_text import chunks, new_frames
from ishowtts.engine.features import FRAMES_PER_SECOND
from ishowtts.engine.frontend import closed
from ishowtts.engine.job import Engine, Job, Reference, Sampling
from ishowtts.settings import SynthesisSettings
from ishowtts.text.segments import split
from ishowtts.voices.voice import Voice

Normalise = Callable[[str], str]
Part = tuple[str, float | None]
"""What is said in one go, and `fix_duration` for it."""

UPSTREAM_FADE = 0.15


@dataclass(frozen=True)
class Heard:
    """One line by one path. `errors` of `length` words or characters."""

    path: str
    line: str
    group: str
    voice: str
    text: str
    said: str
    seconds: float
    heard: str
    errors: int
    length: int
    whole: bool


@dataclass(frozen=True)
class Path:
    """`normalise` None leaves the text as it is."""

    name: str
    upstream: bool = False
    normalise: Normalise | None = None

    def parts(self, text: str, reference: Reference, reference_frames: int, settings: SynthesisSettings) -> list[Part]:
        text = self.normalise(text) if self.normalise else text
        if not self.upstream:
            longest = settings.max_segment_seconds
            return [(part, None) for part in split(text, first_seconds=3.0, max_seconds=longest)]
        said, seconds = closed(reference.text), reference_frames / FRAMES_PER_SECOND
        return [
            (chunk, (reference_frames + new_frames(chunk, said, reference_frames)) / FRAMES_PER_SECOND)
            for chunk in chunks(text, said, seconds)
        ]

    def joiner(self, sample_rate: int, settings: SynthesisSettings) -> Joiner:
        if self.upstream:
            return Joiner(sample_rate, UPSTREAM_FADE, trim_silence=False)
        return Joiner(sample_rate, settings.cross_fade_duration)


def listen(
    engine: Any,
    model: str,
    judges: Judges,
    pairs: Sequence[tuple[Line, Voice]],
    paths: Sequence[Path],
    sampling: Sampling,
    settings: SynthesisSettings,
) -> Iterator[Heard]:
    """Every line by every path, with the same seed; `model` is the digest of the weights."""
    for line, voice in pairs:
        reference = voice.reference()
        frames = engine.references.get(reference).frames
        seeded = replace(sampling, seed=sampling.seed + line.index)
        for path in paths:
            parts = path.parts(line.text, reference, frames, settings)
            fade = UPSTREAM_FADE if path.upstream else settings.cross_fade_duration
            # What goes into the model decides what is kept, so that a path that stayed the same costs nothing again.
            given = [_given(engine, part, reference, frames, seeded) for part in parts]
            key = {"model": model, "given": given, "sampling": seeded, "voice": voice.sha256, "fade": fade}

            def make() -> Sound:
                return _speak(engine, parts, reference, seeded, path, settings)  # noqa: B023 - called before the next turn

            sound = judges.cache.sound(key, make)
            heard = judges.hear(sound, line.language)
            ways = [distance(reading, heard, line.language) for reading in line.readings]
            errors, length, whole = min(ways, key=lambda way: (way[0], not way[2]))
            said = " | ".join(part for part, _ in parts)
            yield Heard(
                path.name, line.id, line.group, voice.id, line.text, said, sound.seconds, heard, errors, length, whole
            )


def _given(engine: Any, part: Part, reference: Reference, frames: int, sampling: Sampling) -> str:
    prompt = engine.frontend.prompt(Job("given", part[0], reference, replace(sampling, fix_duration=part[1])), frames)
    tokens = hashlib.sha256(prompt.tokens.numpy().tobytes()).hexdigest()[:16]
    return f"{prompt.begin} {prompt.frames} {tokens}"


def _speak(
    engine: Engine[Any],
    parts: Sequence[Part],
    reference: Reference,
    sampling: Sampling,
    path: Path,
    settings: SynthesisSettings,
) -> Sound:
    joiner = path.joiner(engine.sample_rate, settings)
    done, wall, cpu = [], 0.0, 0.0
    for i, (text, fixed) in enumerate(parts):
        sound = say(engine, text, reference, replace(sampling, fix_duration=fixed, seed=sampling.seed + i))
        done.append(joiner.push(sound.pcm))
        wall, cpu = wall + sound.wall_seconds, cpu + sound.cpu_seconds
    return Sound(np.concatenate([*done, joiner.flush()]), engine.sample_rate, wall, cpu)


@dataclass(frozen=True)
class PathFigures:
    """Of one path and group; `error_rate` is words (English) or characters, `whole` the share said without a fault."""

    path: str
    group: str
    lines: int
    error_rate: float
    whole: float
    seconds: float
    """Of sound, all lines together."""


def path_figures(heard: Sequence[Heard]) -> list[PathFigures]:
    """Groups in the order of the lines, in each group one row a path."""
    rows = []
    for group in dict.fromkeys(one.group for one in heard):
        for path in dict.fromkeys(one.path for one in heard):
            same = [one for one in heard if (one.group, one.path) == (group, path)]
            if same:
                errors, length = sum(one.errors for one in same), sum(one.length for one in same)
                whole = sum(one.whole for one in same) / len(same)
                rows.append(
                    PathFigures(path, group, len(same), errors / length, whole, sum(one.seconds for one in same))
                )
    return rows
