"""Trains the duration predictor on the corpus's own phoneme durations: minutes on one CPU core.

The rate an utterance is trained with is its length against the sum of the mean durations of its symbols in its
language, so 0 is the average pace of English and of Mandarin alike and a rate carries over from one to the other.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ishowtts.engine.durations import DurationPredictor, DurationShape, edge_frames
from ishowtts.training.corpus import Corpus
from ishowtts.training.loop import Log, Trainee, clip_and_step, learning_rate, progress

_POOL = 16  # batches drawn at once and sorted by length, so that little is padding


@dataclass(frozen=True)
class DurationTraining:
    """How long and how fast; `joined` is the share of examples made of two utterances of one speaker."""

    steps: int = 2_500
    batch: int = 32
    peak_lr: float = 1.5e-3
    warmup: int = 100
    ema: float = 0.998
    dropout: float = 0.1
    joined: float = 0.15
    seed: int = 0
    log_every: int = 100
    save_every: int = 500


@dataclass(frozen=True)
class Example:
    ids: list[int]
    frames: list[int]
    rate: float


class Pace:
    """Mean duration of each symbol in each language, and rates against it."""

    def __init__(self, utterances: Sequence[dict[str, Any]], n_symbols: int) -> None:
        self.mean: dict[str, np.ndarray] = {}
        for lang in {u["lang"] for u in utterances}:
            total, count = np.zeros(n_symbols), np.zeros(n_symbols)
            for u in utterances:
                if u["lang"] == lang:
                    np.add.at(total, u["tokens"][1:-1], u["durations"][1:-1])
                    np.add.at(count, u["tokens"][1:-1], 1)
            self.mean[lang] = (total + total.sum() / count.sum()) / (count + 1)

    def expected(self, u: dict[str, Any]) -> np.ndarray:
        expected: np.ndarray = self.mean[u["lang"]][u["tokens"][1:-1]]
        return expected

    def example(self, *parts: dict[str, Any]) -> Example:
        actual = sum(sum(u["durations"][1:-1]) for u in parts)
        expected = float(sum(self.expected(u).sum() for u in parts))
        ids = [t for u in parts for t in u["tokens"]]
        return Example(ids, [d for u in parts for d in u["durations"]], math.log(max(actual, 1) / expected))


def collate(examples: Sequence[Example]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """ids, frames, keep (b, n) padded with zeros, and rate (b,); frames are -1 where they are not to be learned."""
    longest = max(len(e.ids) for e in examples)
    shape = (len(examples), longest)
    ids, frames, keep = torch.zeros(shape, dtype=torch.long), -torch.ones(shape), torch.zeros(shape)
    for i, e in enumerate(examples):
        n = len(e.ids)
        free = [-1 if fixed else d for fixed, d in zip(edge_frames(e.ids), e.frames, strict=True)]
        ids[i, :n], frames[i, :n], keep[i, :n] = torch.tensor(e.ids), torch.tensor(free).float(), 1.0
    return ids, frames, keep, torch.tensor([e.rate for e in examples])


def batches(
    corpus: Corpus, pace: Pace, training: DurationTraining, rng: np.random.Generator
) -> Iterator[list[Example]]:
    """Endless batches of examples of similar length."""
    while True:
        pool = []
        for i in rng.integers(len(corpus.training), size=training.batch * _POOL):
            u = corpus.training[i]
            same = corpus.by_speaker[u["speaker"]]
            more = [same[rng.integers(len(same))]] if rng.random() < training.joined else []
            pool.append(pace.example(u, *more))
        pool.sort(key=lambda e: len(e.ids))
        for i in rng.permutation(_POOL):
            yield pool[i * training.batch : (i + 1) * training.batch]


def loss_of(model: DurationPredictor, ids: Tensor, frames: Tensor, keep: Tensor, rate: Tensor) -> Tensor:
    """Error of log(1 + frames) for each spoken symbol, and of the log of each utterance's total."""
    spoken = (frames >= 0).float()
    frames = frames.clamp(min=0)
    predicted = model(ids, rate, keep)
    error = functional.smooth_l1_loss(torch.log1p(predicted), torch.log1p(frames), reduction="none", beta=0.3)
    total, actual = (predicted * spoken).sum(1), (frames * spoken).sum(1)
    return (error * spoken).sum() / spoken.sum() + 0.1 * (torch.log1p(total) - torch.log1p(actual)).abs().mean()


@torch.no_grad()
def evaluate(model: DurationPredictor, utterances: Sequence[dict[str, Any]], pace: Pace) -> dict[str, float]:
    """Mean absolute error in frames a symbol (model; mean duration of the symbol, as it is and at the true rate),
    and mean absolute error of an utterance's total in % with the true rate and with rate 0."""
    model.eval()
    sums = dict.fromkeys(("mae", "mae_symbol_mean", "mae_symbol_mean_at_rate"), 0.0)
    total_error, total_error_unknown, count = 0.0, 0.0, 0
    for u in utterances:
        e = pace.example(u)
        actual, expected = np.array(e.frames[1:-1]), pace.expected(u)
        ids = torch.tensor([e.ids])
        predicted = model(ids, torch.tensor([e.rate]))[0, 1:-1].numpy()
        average = float(model(ids, torch.zeros(1))[0, 1:-1].sum())
        sums["mae"] += float(np.abs(predicted - actual).sum())
        sums["mae_symbol_mean"] += float(np.abs(expected - actual).sum())
        sums["mae_symbol_mean_at_rate"] += float(np.abs(expected * math.exp(e.rate) - actual).sum())
        total_error += abs(float(predicted.sum()) / actual.sum() - 1)
        total_error_unknown += abs(average / actual.sum() - 1)
        count += len(actual)
    model.train()
    n = len(utterances)
    totals = {
        "total_error_percent": 100 * total_error / n,
        "total_error_at_rate_0_percent": 100 * total_error_unknown / n,
    }
    return {k: float(v) for k, v in ({k: v / count for k, v in sums.items()} | totals).items()}


def train(
    corpus: Corpus,
    run: Path,
    training: DurationTraining | None = None,
    shape: DurationShape | None = None,
    minutes: float | None = None,
) -> dict[str, float]:
    """Train in `run/` (made if new, resumed from `run/last.pt` if not); returns `evaluate` of the moving average."""
    training = training or DurationTraining()
    shape = shape or DurationShape(len(corpus.vocab))
    torch.manual_seed(training.seed)
    model = DurationPredictor(shape, training.dropout)
    optimizer = torch.optim.AdamW(model.parameters(), lr=training.peak_lr, betas=(0.9, 0.98), weight_decay=0.01)
    trainee, last = Trainee(model, optimizer, training.ema), run / "last.pt"
    first = int(trainee.resume(last)["step"])
    pace = Pace(corpus.training, len(corpus.vocab))
    source = batches(corpus, pace, training, np.random.default_rng([training.seed, first]))
    averaged = DurationPredictor(shape)

    about: dict[str, Any] = {"shape": asdict(shape), "vocab": corpus.vocab}
    log = Log(run / "log.csv", ["loss", "grad_norm", "lr", "mae", "total_error_percent"])
    deadline = None if minutes is None else time.monotonic() + minutes * 60
    losses: list[float] = []
    scores: dict[str, float] = {}
    step = first - 1
    for step, bar in progress(first, training.steps, deadline, "durations"):
        loss = loss_of(model, *collate(next(source)))
        rate = learning_rate(step, training.peak_lr, training.warmup, training.steps)
        norm = clip_and_step(model, optimizer, loss, rate)
        trainee.ema.update(model)
        losses.append(float(loss.detach()))
        if (step + 1) % training.save_every == 0:
            trainee.save(last, step + 1, **about)
        if (step + 1) % training.log_every == 0:
            averaged.load_state_dict(trainee.ema.shadow)
            scores = evaluate(averaged, corpus.validation, pace)
            shown = {"loss": sum(losses) / len(losses), "mae": scores["mae"]}
            log.row(step + 1, **shown, grad_norm=norm, lr=rate, total_error_percent=scores["total_error_percent"])
            bar.set_postfix(shown)
            losses = []
    trainee.save(last, step + 1, **about)
    averaged.load_state_dict(trainee.ema.shadow)
    return evaluate(averaged, corpus.validation, pace)
