"""Speech to be measured: of the engine, driven a step at a time as the server does; the clips; their vocoder copies."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import torch

from ishowtts.audio.decode import decode
from ishowtts.bench.cache import Sound
from ishowtts.bench.texts import Item
from ishowtts.engine.features import HOP_LENGTH, SAMPLE_RATE, MelFeatures
from ishowtts.engine.job import Engine, Job, Reference, Sampling, State
from ishowtts.engine.vocoder import Vocoder
from ishowtts.voices.voice import Voice


def assign(items: Sequence[Item], voices: Sequence[Voice]) -> list[tuple[Item, Voice]]:
    """Each text with a voice of its language, in turn and always the same; texts that no voice speaks are left out."""
    pairs = []
    for item in items:
        speakers = [voice for voice in voices if voice.language == item.language]
        if speakers:
            pairs.append((item, speakers[item.index % len(speakers)]))
    return pairs


def say(engine: Engine[State], text: str, reference: Reference, sampling: Sampling) -> Sound:
    """One text from `open` to `vocode`, with the seconds it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    state = engine.open(Job("evaluation", text, reference, sampling))
    try:
        while not state.finished:
            engine.step([state])
        pcm = engine.vocode([state])[0]
    finally:
        engine.close(state)
    return Sound(pcm, engine.sample_rate, time.perf_counter() - wall, time.process_time() - cpu)


def clip_of(voice: Voice) -> Sound:
    """A voice's reference clip. Raises `UnusableReference`."""
    return Sound(decode(voice.audio, SAMPLE_RATE), SAMPLE_RATE)


@torch.no_grad()
def copy_of(clip: Sound, vocoder: Vocoder, features: MelFeatures) -> Sound:
    """Copy synthesis: the clip's own mel through the vocoder, so that all loss is the vocoder's."""
    whole = clip.pcm[: len(clip.pcm) // HOP_LENGTH * HOP_LENGTH]
    wall, cpu = time.perf_counter(), time.process_time()
    mel = features(torch.from_numpy(np.ascontiguousarray(whole))[None])[0].T[: len(whole) // HOP_LENGTH]
    wav = vocoder(mel).numpy()
    return Sound(wav, SAMPLE_RATE, time.perf_counter() - wall, time.process_time() - cpu)
