from __future__ import annotations

import sys
from functools import partialmethod
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf
import torch
from PIL import Image

from ishowtts.engine.features import MelNorm
from ishowtts.engine.vocoder import Vocoder, make_vocos
from ishowtts.training import dit, vocoder
from ishowtts.training.batches import Tokens, make_batches
from ishowtts.training.corpus import Corpus
from ishowtts.training.loop import Ema
from ishowtts.training.samples import ModelSamples, averaged, choose, infill, note_floors

SHAPE = dit.DitShape(dim=64, depth=1, heads=1, text_dim=16, conv_layers=1)
WINDOWS = ((64, 2), (96, 2))


def utterance(id: str, lang: str, speaker: str, frames: int) -> dict[str, Any]:
    return {"id": id, "lang": lang, "speaker": speaker, "frames": frames}


def test_samples_are_of_both_languages_and_of_speakers_that_are_trained() -> None:
    made = Corpus.__new__(Corpus)
    made.validation = [
        utterance("long", "en", "ann", 900),
        utterance("a1", "en", "ann", 200),
        utterance("a2", "en", "ann", 210),
        utterance("b1", "en", "bob", 300),
        utterance("x1", "en", "nobody", 300),
        utterance("c1", "zh", "chen", 150),
    ]
    made.by_speaker = {
        "ann": [utterance("p1", "en", "ann", 500), utterance("p2", "en", "ann", 250)],
        "bob": [utterance("p3", "en", "bob", 120)],
        "chen": [utterance("p4", "zh", "chen", 700)],
    }
    chosen = [(prompt["id"], target["id"]) for prompt, target in choose(made, 4)]
    assert chosen == [("p2", "a1"), ("p4", "c1"), ("p3", "b1")]


def train(corpus: Corpus, run: Path, tokens: Tokens, sample_every: int) -> dict[str, Any]:
    training = dit.DitTraining(
        steps=4, tokens=tokens, windows=WINDOWS, frames=300, save_every=3, log_every=2, sample_every=sample_every
    )
    dit.train(corpus, run, SHAPE, training)
    saved: dict[str, Any] = torch.load(run / "last.pt", weights_only=True)
    return saved


@pytest.mark.slow
@pytest.mark.parametrize("tokens", ["phonemes", "characters"])
def test_a_run_with_samples_ends_with_the_weights_of_one_without(
    tokens: Tokens, corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.set_num_threads(1)
    # Real graphs of compiled blocks (windows only), without the minutes that a code generator takes.
    compiled = partialmethod(torch.nn.Module.compile, backend="eager")
    monkeypatch.setattr(torch.nn.Module, "compile", compiled)
    without = train(corpus, tmp_path / "without", tokens, 0)
    with_samples = train(corpus, tmp_path / "with", tokens, 2)
    for part in ("model", "ema"):
        assert without[part].keys() == with_samples[part].keys()
        assert all(torch.equal(without[part][k], with_samples[part][k]) for k in without[part])
    assert torch.equal(without["torch_rng"], with_samples["torch_rng"])
    assert not (tmp_path / "without" / "samples").exists()
    files = {path.name for path in (tmp_path / "with" / "samples").iterdir()}
    assert files == {"true-u0.wav", *(f"step-00000{n}{end}" for n in (2, 4) for end in (".png", "-u0.wav"))}
    sound, rate = sf.read(tmp_path / "with" / "samples" / "step-000004-u0.wav")
    assert (len(sound), rate) == (256 * corpus.validation[0]["frames"], 24_000)


def test_a_sample_is_of_the_moving_average_and_repeats(corpus: Corpus, tmp_path: Path) -> None:
    batches = make_batches("phonemes", corpus, WINDOWS, 300)

    def make() -> torch.nn.Module:
        return dit.make_cfm(vars(SHAPE), len(batches.vocab), corpus.norm)

    torch.manual_seed(0)
    model = make()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    ema = Ema(model)
    samples = ModelSamples(tmp_path, batches, make, None, "cpu")
    state = torch.random.get_rng_state()
    samples(1, ema)
    torch.nn.init.zeros_(model.transformer.proj_out.weight)  # the last weights: not what is heard
    samples(2, ema)
    assert torch.equal(state, torch.random.get_rng_state())
    assert model.training
    one, two = (np.asarray(Image.open(tmp_path / f"step-00000{n}.png"))[30:] for n in (1, 2))  # below the title
    assert np.array_equal(one, two)
    assert (tmp_path / "step-000001-u0.wav").read_bytes() == (tmp_path / "step-000002-u0.wav").read_bytes()

    prompt, target = samples.pairs[0]
    as_trained = infill(averaged(make, ema.shadow, "cpu"), batches, prompt, target, "cpu")
    as_it_is = infill(model, batches, prompt, target, "cpu")
    assert as_trained.shape == as_it_is.shape == (target["frames"], 100)
    assert not torch.allclose(as_trained, as_it_is)


def test_without_pillow_there_is_still_sound(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    training = vocoder.VocoderTraining(steps=2, batch=2, frames=16, sample_every=1)
    vocoder.train(corpus, tmp_path, vocoder.VocosShape(32, 64, 1), training)
    names = {path.name for path in (tmp_path / "samples").iterdir()}
    assert names == {"true-u0.wav", "step-000001-u0.wav", "step-000002-u0.wav"}
    assert capsys.readouterr().err.count("pip install pillow") == 1


def test_a_vocoder_run_with_samples_ends_with_the_weights_of_one_without(corpus: Corpus, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    saved = []
    for every in (0, 1):
        training = vocoder.VocoderTraining(steps=3, adversarial_from=1, batch=2, frames=16, sample_every=every)
        vocoder.train(corpus, tmp_path / str(every), vocoder.VocosShape(32, 64, 1), training)
        saved.append(torch.load(tmp_path / str(every) / "last.pt", weights_only=True))
    assert all(torch.equal(saved[0]["ema"][k], saved[1]["ema"][k]) for k in saved[0]["ema"])
    assert (tmp_path / "1" / "samples" / "step-000003.png").exists()
    copied, _ = sf.read(tmp_path / "1" / "samples" / "step-000003-u0.wav")
    true, _ = sf.read(tmp_path / "1" / "samples" / "true-u0.wav")
    assert len(copied) == len(true)


def test_floors_that_disagree_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    vocos = make_vocos(16, 16, 1)
    note_floors(Vocoder(vocos, -7.0), MelNorm(floor=-7.0))
    assert capsys.readouterr().err == ""
    note_floors(Vocoder(vocos, -9.0), MelNorm(floor=-7.0))
    assert "a floor of -7, the samples' vocoder was trained with -9" in capsys.readouterr().err
    note_floors(Vocoder(vocos, None), MelNorm(floor=-7.0))
    assert "with none" in capsys.readouterr().err
