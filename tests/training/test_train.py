"""Both trainers, a few steps on a tiny corpus: they learn, they resume, and what they export speaks."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf
import torch

from ishowtts.engine.build import load_engine
from ishowtts.engine.job import Job, Reference, Sampling
from ishowtts.errors import CheckpointError
from ishowtts.settings import CacheSettings, ModelSettings
from ishowtts.training import dit, durations, vocoder
from ishowtts.training.batches import Tokens
from ishowtts.training.corpus import Corpus
from ishowtts.training.export import export

pytestmark = pytest.mark.slow
SHAPE = dit.DitShape(dim=64, depth=1, heads=1, text_dim=16, conv_layers=1)


def dit_training(steps: int, tokens: Tokens = "phonemes") -> dit.DitTraining:
    return dit.DitTraining(
        steps=steps, tokens=tokens, warmup=5, windows=((64, 4),), frames=400, save_every=10, log_every=10, compile=False
    )


def losses(run: Path, column: str) -> list[float]:
    with (run / "log.csv").open() as file:
        return [float(row[column]) for row in csv.DictReader(file)]


def test_train_resume_export_speak(tmp_path: Path, corpus: Corpus) -> None:
    torch.set_num_threads(1)
    dit.train(corpus, tmp_path / "dit", SHAPE, dit_training(40))
    dit.train(corpus, tmp_path / "dit", SHAPE, dit_training(60))
    saved = torch.load(tmp_path / "dit" / "last.pt", weights_only=True)
    assert saved["step"] == 60
    curve = losses(tmp_path / "dit", "loss")
    assert len(curve) == 6
    assert np.mean(curve[-2:]) < curve[0]

    training = vocoder.VocoderTraining(
        steps=30, adversarial_from=20, warmup=2, batch=4, frames=16, save_every=10, log_every=10
    )
    vocoder.train(corpus, tmp_path / "vocoder", vocoder.VocosShape(32, 64, 1), training)
    spectral, refined, _ = losses(tmp_path / "vocoder", "mel")
    assert refined < spectral
    assert [value > 0 for value in losses(tmp_path / "vocoder", "critic")] == [False, False, True]

    durations.train(corpus, tmp_path / "durations", durations.DurationTraining(steps=5))
    bundle = tmp_path / "bundle"
    export(tmp_path / "dit", tmp_path / "vocoder", tmp_path / "durations", bundle)

    dit.train(corpus, tmp_path / "more", SHAPE, dit_training(0), init=bundle)
    begun = torch.load(tmp_path / "more" / "last.pt", weights_only=True)["ema"]["transformer.proj_out.weight"]
    assert torch.equal(begun, saved["ema"]["transformer.proj_out.weight"].half().float())
    vocoder.train(
        corpus, tmp_path / "more_vocoder", vocoder.VocosShape(32, 64, 1), vocoder.VocoderTraining(steps=0), init=bundle
    )
    begun = torch.load(tmp_path / "more_vocoder" / "last.pt", weights_only=True)["ema"]["head.out.weight"]
    trained = torch.load(tmp_path / "vocoder" / "last.pt", weights_only=True)["ema"]["head.out.weight"]
    assert torch.equal(begun, trained.half().float())

    assert speaks(bundle, tmp_path)


def test_characters_train_without_durations_export_and_speak(tmp_path: Path, recordings: Corpus) -> None:
    torch.set_num_threads(1)
    dit.train(recordings, tmp_path / "dit", SHAPE, dit_training(20, "characters"))
    dit.train(recordings, tmp_path / "dit", SHAPE, dit_training(40, "characters"))
    saved = torch.load(tmp_path / "dit" / "last.pt", weights_only=True)
    assert saved["step"] == 40
    assert 0.6 * 400 * 40 < saved["frames"] <= 400 * 40
    curve = losses(tmp_path / "dit", "loss")
    assert np.mean(curve[-2:]) < curve[0]
    with pytest.raises(CheckpointError, match="another shape"):
        dit.train(recordings, tmp_path / "dit", dit.DitShape(), dit_training(50, "characters"))

    training = vocoder.VocoderTraining(steps=2, batch=4, frames=16)
    vocoder.train(recordings, tmp_path / "vocoder", vocoder.VocosShape(32, 64, 1), training)
    bundle = tmp_path / "bundle"
    config = export(tmp_path / "dit", tmp_path / "vocoder", tmp_path / "no_such_run", bundle)
    assert config["frontend"] == "official"
    assert config["architecture"]["text_embedding_average_upsampling"] is True
    assert config["training"] == {"steps": 40, "vocoder_steps": 2}
    assert speaks(bundle, tmp_path, backend="upstream")
    assert speaks(bundle, tmp_path, backend="flow")

    changed = json.loads((bundle / "config.json").read_text()) | {"frontend": "runes"}
    (bundle / "config.json").write_text(json.dumps(changed))
    with pytest.raises(CheckpointError, match="'runes'"):
        speaks(bundle, tmp_path)


def speaks(bundle: Path, folder: Path, backend: Any = "auto") -> bool:
    settings = ModelSettings(checkpoint=str(bundle), device="cpu", threads=1, backend=backend, compile=False)
    engine = load_engine(settings, CacheSettings(), _ignore)
    clip = folder / "clip.wav"
    sf.write(clip, np.random.default_rng(0).normal(0, 0.05, 24_000), 24_000)
    reference = Reference("me", clip, hashlib.sha256(clip.read_bytes()).hexdigest(), "a b a", "en")
    state = engine.open(Job("j", "abba, a bad cab", reference, Sampling(nfe_step=5)))
    while not state.finished:
        engine.step([state])
    sound = engine.vocode([state])[0]
    return bool(np.isfinite(sound).all()) and len(sound) % 256 == 0 and len(sound) > 0


def _ignore(fraction: float, stage: str) -> None:
    assert 0 <= fraction <= 1
    assert stage
