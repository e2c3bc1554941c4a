"""The three evaluations: synthesis at several NFE, the reference clips themselves, and their copy synthesis."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from ishowtts.bench.cache import Sound, code_digest
from ishowtts.bench.clip import Clip
from ishowtts.bench.judges import Findings, Judges
from ishowtts.bench.machine import cpu_name
from ishowtts.bench.speech import clip_of, copy_of, say
from ishowtts.bench.texts import Item
from ishowtts.engine.features import MelFeatures
from ishowtts.engine.job import Engine, Sampling
from ishowtts.engine.vocoder import load_vocoder
from ishowtts.voices.voice import Voice

Ticker = Callable[[str], None]
"""Called after each clip with what it was."""


def synthesis(
    engine: Engine[Any],
    model: str,
    judges: Judges,
    pairs: Sequence[tuple[Item, Voice]],
    steps: Sequence[int],
    sampling: Sampling,
    tick: Ticker,
) -> Iterator[Clip]:
    """Every text at every number of steps; `model` is the digest of the weights. Seeds are `sampling.seed` + index."""
    made_with = {"model": model, "code": code_digest(), "engine": engine.describe(), "cpu": cpu_name()}
    clips = {voice.id: clip_of(voice) for _, voice in pairs}
    for nfe in steps:
        for item, voice in pairs:
            settings = replace(sampling, nfe_step=nfe, seed=sampling.seed + item.index)
            reference = voice.reference()
            key = {**made_with, "text": item.text, "sampling": settings, "voice": _voice_key(voice)}

            def make() -> Sound:
                return say(engine, item.text, reference, settings)  # noqa: B023 - called before the next turn

            sound = judges.cache.sound(key, make)
            found = judges.judge(sound, item.text, item.language, item.kind, clips[voice.id])
            yield _clip(item, voice, nfe, sound, found)
            tick(f"NFE {nfe} {item.id}")


def reference_clips(judges: Judges, voices: Sequence[Voice], tick: Ticker) -> Iterator[Clip]:
    """The best a model can do that copies its voices; similarity is that of a clip's two halves."""
    for item, voice in _own_texts(voices):
        sound = clip_of(voice)
        found = judges.judge(sound, item.text, item.language, item.kind, None)
        yield replace(_clip(item, voice, None, sound, found), wall_seconds=None, cpu_seconds=None)
        tick(voice.id)


def vocoder_copies(judges: Judges, vocoder: str, voices: Sequence[Voice], tick: Ticker) -> Iterator[Clip]:
    """The reference clips through mel and vocoder (`load_vocoder`'s spec)."""
    model, features = load_vocoder(vocoder), MelFeatures()
    for item, voice in _own_texts(voices):
        original = clip_of(voice)
        copy = copy_of(original, model, features)
        found = judges.judge(copy, item.text, item.language, item.kind, original)
        yield _clip(item, voice, None, copy, found)
        tick(voice.id)


def _own_texts(voices: Sequence[Voice]) -> list[tuple[Item, Voice]]:
    return [(Item(f"clip-{v.id}", v.language, "sentence", i, v.text), v) for i, v in enumerate(voices)]


def _voice_key(voice: Voice) -> dict[str, Any]:
    return {"clip": voice.sha256, "text": voice.text, "alignment": voice.alignment, "language": voice.language}


def _clip(item: Item, voice: Voice, nfe: int | None, sound: Sound, found: Findings) -> Clip:
    return Clip(
        item.id,
        nfe,
        item.language,
        item.kind,
        voice.id,
        item.text,
        audio_seconds=sound.seconds,
        wall_seconds=sound.wall_seconds,
        cpu_seconds=sound.cpu_seconds,
        heard=found.heard,
        errors=found.errors,
        length=found.length,
        whole=found.whole,
        similarity=found.similarity,
        mos=found.mos,
    )
