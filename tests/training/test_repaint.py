"""The model paints over the end of a flow, in time with the recording; what it painted can be trained on."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from ishowtts.engine.features import HOP_LENGTH
from ishowtts.errors import CheckpointError
from ishowtts.training import dit, durations, vocoder
from ishowtts.training.corpus import Corpus
from ishowtts.training.export import export
from ishowtts.training.repaint import FILE, Repainted, repaint
from tests.training.test_train import SHAPE, dit_training

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory, corpus: Corpus) -> Path:
    """Untrained: upstream's DiT begins with a velocity of zero, so what it paints is noise and recording, mixed."""
    torch.set_num_threads(1)
    runs = tmp_path_factory.mktemp("runs")
    dit.train(corpus, runs / "dit", SHAPE, dit_training(0))
    vocoder.train(corpus, runs / "vocoder", vocoder.VocosShape(32, 64, 1), vocoder.VocoderTraining(steps=0))
    durations.train(corpus, runs / "durations", durations.DurationTraining(steps=0))
    export(runs / "dit", runs / "vocoder", runs / "durations", runs / "bundle")
    return runs / "bundle"


@pytest.fixture(scope="module")
def painted(tmp_path_factory: pytest.TempPathFactory, corpus_folder: Path, bundle: Path) -> Path:
    root = tmp_path_factory.mktemp("painted") / "corpus"
    shutil.copytree(corpus_folder, root)
    repaint(root, bundle)
    return root


def test_every_training_utterance_is_painted_in_time_and_no_other(painted: Path) -> None:
    corpus = Corpus(painted)
    mel = np.fromfile(painted / FILE, np.float16).reshape(-1, 100)
    for utterance in corpus.training:
        own = mel[utterance["start"] :][: utterance["frames"]].astype(np.float32)
        true = corpus.log_mel(utterance)
        assert 0.2 < np.corrcoef(own.flatten(), true.flatten())[0, 1] < 0.9999
    for utterance in corpus.validation:
        assert np.isnan(mel[utterance["start"] :][: utterance["frames"]]).all()


def test_it_goes_on_where_it_stopped_with_the_same_result(painted: Path, bundle: Path, tmp_path: Path) -> None:
    root = tmp_path / "corpus"
    shutil.copytree(painted, root)
    whole = (root / FILE).read_bytes()
    mel = np.memmap(root / FILE, np.float16, "r+").reshape(-1, 100)
    lost = Corpus(root).training[5]
    mel[lost["start"] :][: lost["frames"]] = np.nan
    mel.flush()
    assert (root / FILE).read_bytes() != whole
    repaint(root, bundle)
    assert (root / FILE).read_bytes() == whole


def test_a_model_of_other_symbols_is_refused(painted: Path, bundle: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(bundle, other)
    symbols = (other / "vocab.txt").read_text().split("\n")
    (other / "vocab.txt").write_text("\n".join([symbols[0], "ʒ", *symbols[2:]]))
    with pytest.raises(CheckpointError, match="other symbols"):
        repaint(painted, other)


def test_clips_are_of_one_utterance_and_its_own_sound(painted: Path) -> None:
    corpus = Corpus(painted)
    clips = Repainted(painted, corpus)
    mel, wav = clips.clips(np.random.default_rng(0), 5, 16)
    assert mel.shape == (5, 17, 100)
    assert wav.shape == (5, 16 * HOP_LENGTH)
    assert torch.isfinite(mel).all()
    everything = corpus.wav[:].astype(np.float32) / 32768
    starts = range(0, len(everything) - wav.shape[1], HOP_LENGTH)
    for sound in wav.numpy():
        assert any(np.array_equal(everything[a : a + len(sound)], sound) for a in starts)


def test_nothing_painted_says_what_to_do(corpus_folder: Path, corpus: Corpus) -> None:
    with pytest.raises(CheckpointError, match="ishowtts repaint --corpus"):
        Repainted(corpus_folder, corpus)


def test_a_vocoder_trains_on_it_and_resumes(painted: Path, tmp_path: Path) -> None:
    corpus = Corpus(painted)
    clips, shape = Repainted(painted, corpus), vocoder.VocosShape(32, 64, 1)
    for steps in (2, 4):
        training = vocoder.VocoderTraining(steps=steps, adversarial_from=3, batch=4, repainted=2, frames=16)
        vocoder.train(corpus, tmp_path, shape, training, repainted=clips)
    saved = torch.load(tmp_path / "last.pt", weights_only=True)
    assert saved["step"] == 4
    assert all(torch.isfinite(x).all() for x in saved["model"].values())
