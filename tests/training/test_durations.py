from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ishowtts.engine.durations import DurationShape
from ishowtts.training.corpus import Corpus
from ishowtts.training.durations import DurationTraining, Pace, batches, collate, train

SYMBOLS = 8


def utterance(rng: np.random.Generator, lang: str) -> dict[str, Any]:
    """Symbol k lasts 2k frames, English ones twice that; the pace differs from one utterance to the next."""
    tokens = rng.integers(2, 5, size=12) + (0 if lang == "en" else 3)
    pace = rng.choice([0.8, 1.0, 1.25]) * (2 if lang == "en" else 1)
    durations = np.round(tokens * 2 * pace).astype(int).tolist()
    return {"lang": lang, "speaker": lang, "tokens": [0, *tokens.tolist(), 1], "durations": [12, *durations, 18]}


@pytest.fixture
def corpus() -> Corpus:
    rng = np.random.default_rng(0)
    made = Corpus.__new__(Corpus)
    made.vocab = ["<sil>", ".", *"abcdef"]
    made.training = [utterance(rng, lang) for _ in range(60) for lang in ("en", "zh")]
    made.validation = [utterance(rng, lang) for _ in range(6) for lang in ("en", "zh")]
    made.by_speaker = {lang: [u for u in made.training if u["lang"] == lang] for lang in ("en", "zh")}
    return made


def test_rate_0_is_the_mean_of_each_language(corpus: Corpus) -> None:
    pace = Pace(corpus.training, SYMBOLS)
    for lang in ("en", "zh"):
        rates = [pace.example(u).rate for u in corpus.by_speaker[lang]]
        assert abs(math.fsum(rates) / len(rates)) < 0.03
        assert max(rates) == pytest.approx(math.log(1.25), abs=0.07)


def test_edges_and_padding_are_not_learned(corpus: Corpus) -> None:
    pace = Pace(corpus.training, SYMBOLS)
    one, two = corpus.training[0], corpus.training[2]
    _, frames, keep, _ = collate([pace.example(one), pace.example(one, two)])
    assert frames[0, [0, 13, 14, 27]].tolist() == [-1, -1, -1, -1]
    assert frames[1, [0, 13, 14, 27]].tolist() == [-1, -1, -1, -1]
    assert frames[0, 1:13].tolist() == one["durations"][1:-1]
    assert keep.sum(1).tolist() == [14, 28]


def test_batches_join_utterances_of_one_speaker(corpus: Corpus) -> None:
    training = DurationTraining(joined=1.0, batch=4)
    batch = next(batches(corpus, Pace(corpus.training, SYMBOLS), training, np.random.default_rng(0)))
    assert [len(e.ids) for e in batch] == [28] * 4


def test_it_learns_and_resumes(corpus: Corpus, tmp_path: Path) -> None:
    shape = DurationShape(SYMBOLS, dim=16, dilations=(1,))
    training = DurationTraining(steps=150, batch=8, dropout=0.0, ema=0.9, peak_lr=1e-2, log_every=50, save_every=100)
    first = train(corpus, tmp_path, DurationTraining(**{**vars(training), "steps": 2}), shape)
    assert torch.load(tmp_path / "last.pt", weights_only=True)["step"] == 2
    scores = train(corpus, tmp_path, training, shape)
    saved = torch.load(tmp_path / "last.pt", weights_only=True)
    assert saved["step"] == 150
    assert {"model", "ema", "shape", "vocab"} <= saved.keys()
    assert scores["mae"] < 0.5 * first["mae"]
    assert scores["total_error_percent"] < 5 < scores["total_error_at_rate_0_percent"]
    assert (tmp_path / "log.csv").read_text().count("\n") >= 3
