"""How near a length rule comes to how long people, or a teacher's voices, took for a text.

Each utterance is predicted from another one of the same speaker, as a clip to be cloned would be.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ishowtts.bench.upstream_text import new_frames
from ishowtts.engine.features import FRAMES_PER_SECOND
from ishowtts.engine.frontend import closed
from ishowtts.errors import ConfigError
from ishowtts.text.lengths import spoken_seconds

Rule = Callable[[str, str, float], float]
"""(text, text of the clip, seconds of the clip) → seconds."""

CLIP_SECONDS = (2.5, 10.0)
TEACHER_FRAME = 0.025
SIZES = ((0, 3), (4, 8), (9, 16), (17, 10_000))
"""Words, or Chinese characters by two, in a line of a table."""


@dataclass(frozen=True)
class Utterance:
    """`seconds` of speech, without silence before and after it."""

    speaker: str
    language: str
    text: str
    seconds: float

    @property
    def words(self) -> int:
        return len(self.text.split()) if self.language == "en" else (sum(map(str.isalnum, self.text)) + 1) // 2


@dataclass(frozen=True)
class Fit:
    """`error` and `worst` (90 % are within) are fractions of the true length, `bias` below 0 is too short."""

    rule: str
    language: str
    size: str
    pairs: int
    error: float
    worst: float
    bias: float


def upstream_rule(text: str, clip_text: str, clip_seconds: float) -> float:
    frames = round(clip_seconds * FRAMES_PER_SECOND)
    return new_frames(text, closed(clip_text), frames) / FRAMES_PER_SECOND


RULES: dict[str, Rule] = {"upstream": upstream_rule, "ours": spoken_seconds}


def read_manifest(path: Path) -> list[Utterance]:
    """JSON lines, gzipped or not, with `text`, `lang`, `speaker`, `seconds`, and `durations` and `speed` where a
    teacher wrote them: its edges are taken off. Raises `ConfigError`."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
            return [_utterance(json.loads(line)) for line in lines]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path.name} is no manifest of utterances: {error}") from error


def _utterance(row: dict[str, object]) -> Utterance:
    seconds = float(str(row["seconds"]))
    durations = row.get("durations")
    if isinstance(durations, list) and len(durations) > 3:  # lead, …, closing mark, tail
        seconds = sum(durations[1:-2]) * TEACHER_FRAME * float(str(row.get("speed", 1.0)))
    return Utterance(str(row["speaker"]), str(row["lang"]), str(row["text"]), seconds)


def pairs(utterances: Sequence[Utterance], seed: int = 0) -> Iterator[tuple[Utterance, Utterance]]:
    """(clip, what is predicted from it): each utterance once, from a clip drawn among the speaker's others."""
    chance = random.Random(seed)  # noqa: S311 - a benchmark
    speakers: dict[str, list[Utterance]] = {}
    for utterance in utterances:
        if CLIP_SECONDS[0] <= utterance.seconds <= CLIP_SECONDS[1]:
            speakers.setdefault(utterance.speaker, []).append(utterance)
    for utterance in utterances:
        clips = [clip for clip in speakers.get(utterance.speaker, []) if clip.text != utterance.text]
        if clips and utterance.seconds > 0:
            yield chance.choice(clips), utterance


def measure(of: Sequence[tuple[Utterance, Utterance]]) -> list[Fit]:
    """A row for each language, size and rule, and one for all sizes."""
    rows = []
    for language in sorted({utterance.language for _, utterance in of}):
        spoken = [(clip, utterance) for clip, utterance in of if utterance.language == language]
        for low, high in (*SIZES, (0, 10_000)):
            same = [(clip, utterance) for clip, utterance in spoken if low <= utterance.words <= high]
            size = "all" if (low, high) == (0, 10_000) else f"{low}–{high}" if high < 10_000 else f"{low}+"
            rows += [_fit(name, rule, language, size, same) for name, rule in RULES.items() if same]
    return rows


def _fit(name: str, rule: Rule, language: str, size: str, of: Sequence[tuple[Utterance, Utterance]]) -> Fit:
    ratio = np.array([rule(u.text, clip.text, clip.seconds) / u.seconds for clip, u in of])
    off = np.abs(ratio - 1)
    return Fit(
        name, language, size, len(of), float(off.mean()), float(np.quantile(off, 0.9)), float(np.median(ratio)) - 1
    )
