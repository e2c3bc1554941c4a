#!/usr/bin/env python3
"""How far the word times of a model are from its sound: docs/timestamps.md shows what came out.

    python scripts/measure_word_times.py
    python scripts/measure_word_times.py --limit 8 --no-whisper

English is also heard by Whisper base (packages of the extra [eval]). Its words begin early, by about a tenth of a
second, so the last figures are those that count.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from ishowtts.audio.resample import resample
from ishowtts.bench.asr import SAMPLE_RATE, Recogniser
from ishowtts.bench.speech import assign
from ishowtts.bench.texts import LANGUAGES, load_items
from ishowtts.bench.word_times import Errors, first_onset, heard_words, inner_onsets
from ishowtts.engine.build import load_engine
from ishowtts.engine.catalog import F5_MINI
from ishowtts.engine.job import Job, Sampling
from ishowtts.settings import Settings
from ishowtts.voices.library import VoiceLibrary

VOICES = ("heart", "george", "bella", "michael", "xiaobei", "yunxi")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--limit", type=int, default=24, help="sentences of each language (24)")
    parser.add_argument("--no-whisper", action="store_true", help="only against the sound's own onsets")
    parser.add_argument("--threads", type=int, default=2, help="of Whisper (2)")
    parser.add_argument("--cache", type=Path, default=user_cache_path("ishowtts") / "bench", help="for Whisper's model")
    args = parser.parse_args()
    if args.limit < 1:
        parser.error("--limit must be 1 or more")
    settings = Settings()
    library = VoiceLibrary(F5_MINI / "voices", [], None, settings.synthesis.default_voice)
    engine: Any = load_engine(settings.model, settings.cache, lambda fraction, stage: None)
    whisper = None if args.no_whisper else Recogniser(args.cache, args.threads)
    first: dict[str, list[float]] = {language: [] for language in LANGUAGES}
    inner: dict[str, list[float]] = {language: [] for language in LANGUAGES}
    heard: list[float] = []
    items = [item for item in load_items(args.limit) if item.kind == "sentence"]
    for item, voice in assign(items, [library.get(name) for name in VOICES]):
        state = engine.open(Job(item.id, item.text, voice.reference(), Sampling(seed=item.index)))
        while not state.finished:
            engine.step([state])
        pcm, times = engine.vocode([state])[0], state.times
        engine.close(state)
        first[item.language] += first_onset(pcm, engine.sample_rate, times)
        inner[item.language] += inner_onsets(pcm, engine.sample_rate, item.text, times)
        if whisper and item.language == "en":
            heard += heard_words(item.text, times, whisper.words(resample(pcm, engine.sample_rate, SAMPLE_RATE), "en"))
    for language in LANGUAGES:
        print(Errors(tuple(first[language])).line(f"{language}, first word against the sound"))
        print(Errors(tuple(inner[language])).line(f"{language}, words after a mark against the sound"))
    if whisper:
        print(Errors(tuple(heard)).line("en, all words against Whisper"))


if __name__ == "__main__":
    main()
