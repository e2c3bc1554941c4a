"""The same texts said in several ways, one folder of WAVs each, for ears and for the blind listening test."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from ishowtts.audio.loudness import normalise
from ishowtts.bench.speech import assign, say
from ishowtts.bench.texts import Item, load_items
from ishowtts.engine.job import Sampling
from ishowtts.settings import CacheSettings, ModelSettings
from ishowtts.voices.voice import Voice

LEVEL = 0.1
"""As the server levels speech: of two samples nobody shall like the louder one better."""


@dataclass(frozen=True)
class Variant:
    """One way to say it. `backend` is ours (`flow`) or upstream's sampler (`upstream`)."""

    nfe: int
    dtype: str = "auto"
    backend: str = "auto"
    cfg: float = 2.0

    @property
    def name(self) -> str:
        """Of its folder."""
        parts = [f"nfe{self.nfe}", f"cfg{self.cfg:g}"]
        parts += [part for part in (self.dtype, self.backend) if part != "auto"]
        return "-".join(parts)


def variants(
    nfes: Sequence[int], dtypes: Sequence[str], backends: Sequence[str], cfgs: Sequence[float]
) -> list[Variant]:
    """Each with each; models are loaded once for each (dtype, backend)."""
    return [Variant(nfe, dtype, backend, cfg) for dtype, backend, nfe, cfg in product(dtypes, backends, nfes, cfgs)]


def texts(limit: int) -> list[Item]:
    """`limit` sentences and as many chat lines of each language."""
    return load_items(limit)


def make(
    ways: Sequence[Variant],
    items: Sequence[Item],
    voices: Sequence[Voice],
    model: ModelSettings,
    out: Path,
    seed: int,
    load: Callable[[ModelSettings, CacheSettings], Any],
) -> Iterator[tuple[Variant, Item]]:
    """Write `out/VARIANT/ID.wav`, and `samples.json` beside them; yields what is done.

    The same text has the same seed and voice in every variant, so that pairs differ in nothing else.
    """
    pairs = assign(items, voices)
    made: list[dict[str, Any]] = []
    loaded: tuple[str, str] | None = None
    engine: Any = None
    for way in ways:
        if loaded != (way.dtype, way.backend):
            settings = model.model_copy(update={"dtype": way.dtype, "backend": way.backend})
            engine, loaded = load(settings, CacheSettings()), (way.dtype, way.backend)
        folder = out / way.name
        folder.mkdir(parents=True, exist_ok=True)
        for number, (item, voice) in enumerate(pairs):
            sampling = Sampling(nfe_step=way.nfe, cfg_strength=way.cfg, seed=seed + number)
            sound = say(engine, item.text, voice.reference(), sampling)
            pcm = normalise(sound.pcm, LEVEL, sound.sample_rate)
            soundfile.write(folder / f"{item.id}.wav", np.clip(pcm, -1, 1), sound.sample_rate, subtype="PCM_16")
            made.append(
                {
                    "variant": way.name,
                    "file": f"{way.name}/{item.id}.wav",
                    "text": item.text,
                    "voice": voice.id,
                    "seed": seed + number,
                    "audio_seconds": round(len(pcm) / sound.sample_rate, 3),
                    "seconds": round(sound.seconds, 3),
                }
            )
            yield way, item
    listed = {"variants": {way.name: asdict(way) for way in ways}, "samples": made}
    (out / "samples.json").write_text(json.dumps(listed, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
