"""Clips → figures: error rates, means, and how far chance may have moved them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ishowtts.bench.clip import Clip
from ishowtts.bench.texts import LANGUAGES, Language

_DRAWS = 1000


@dataclass(frozen=True)
class Figures:
    """Of one language (None: all). Rates are fractions; `…_error` is half of a 95 % interval from redrawing clips.

    `error_rate`, similarity and MOS are over sentences, `whole` over chat lines, RTF over both.
    """

    nfe: int | None
    language: Language | None
    voice: str | None
    clips: int
    audio_seconds: float
    error_rate: float | None
    error_rate_error: float | None
    whole: float | None
    similarity: float | None
    similarity_error: float | None
    mos: float | None
    mos_error: float | None
    rtf: float | None
    rtf_cpu: float | None


def figures(clips: Sequence[Clip]) -> list[Figures]:
    """For each NFE: a row per language, and one over all where there are two."""
    rows = []
    for nfe in dict.fromkeys(clip.nfe for clip in clips):
        same = [clip for clip in clips if clip.nfe == nfe]
        spoken = [language for language in LANGUAGES if any(c.language == language for c in same)]
        rows += [_figures([c for c in same if c.language == language], nfe, language) for language in spoken]
        if len(spoken) > 1:
            rows.append(_figures(same, nfe, None))
    return rows


def by_voice(clips: Sequence[Clip]) -> list[Figures]:
    """For each NFE, a row per voice."""
    groups: dict[tuple[int | None, Language, str], list[Clip]] = {}
    for clip in clips:
        groups.setdefault((clip.nfe, clip.language, clip.voice), []).append(clip)
    return [_figures(group, nfe, language, voice) for (nfe, language, voice), group in groups.items()]


def worst(clips: Sequence[Clip], count: int) -> list[Clip]:
    """The clips with the largest share of errors, if they have any."""
    wrong = [c for c in clips if c.errors]
    return sorted(wrong, key=lambda c: -(c.errors or 0) / (c.length or 1))[:count]


def _figures(clips: Sequence[Clip], nfe: int | None, language: Language | None, voice: str | None = None) -> Figures:
    sentences = [c for c in clips if c.kind == "sentence"]
    heard = np.array([(c.errors, c.length) for c in sentences if c.errors is not None and c.length])
    whole = [c.whole for c in clips if c.kind == "chat" and c.whole is not None]
    alike = np.array([c.similarity for c in sentences if c.similarity is not None])
    rated = np.array([c.mos for c in sentences if c.mos is not None])
    timed = [c for c in clips if c.wall_seconds is not None and c.cpu_seconds is not None]
    audio = sum(c.audio_seconds for c in timed)
    return Figures(
        nfe=nfe,
        language=language,
        voice=voice,
        clips=len(clips),
        audio_seconds=sum(c.audio_seconds for c in clips),
        # Words and characters are not one unit: over two languages an error rate means nothing.
        error_rate=_rate(heard) if len(heard) and language else None,
        error_rate_error=_spread(heard, _rate) if language else None,
        whole=sum(whole) / len(whole) if whole else None,
        similarity=_mean(alike) if len(alike) else None,
        similarity_error=_spread(alike, _mean),
        mos=_mean(rated) if len(rated) else None,
        mos_error=_spread(rated, _mean),
        rtf=sum(c.wall_seconds or 0 for c in timed) / audio if audio else None,
        rtf_cpu=sum(c.cpu_seconds or 0 for c in timed) / audio if audio else None,
    )


def _rate(pairs: np.ndarray) -> float:
    return float(pairs[:, 0].sum() / pairs[:, 1].sum())


def _mean(values: np.ndarray) -> float:
    return float(values.mean())


def _spread(values: np.ndarray, measure: Callable[[np.ndarray], float]) -> float | None:
    """Half the 95 % bootstrap interval; None for fewer than two clips."""
    if len(values) < 2:
        return None
    rng = np.random.default_rng(0)
    drawn = [measure(values[rng.integers(len(values), size=len(values))]) for _ in range(_DRAWS)]
    low, high = np.quantile(drawn, (0.025, 0.975))
    return float(high - low) / 2
