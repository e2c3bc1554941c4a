"""How many mel frames each phoneme lasts, for front ends that give the model one token a frame.

An utterance is laid out as in training: `<sil>`, the symbols of a sentence, and the closing mark once more for the
silence after it. Several sentences in one text follow each other in this form.
The pace of a voice is one number, `rate`: the log of how slow it is against the average speaker of the language.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

SILENCE = "<sil>"
SILENCE_ID = 0  # the vocabulary's first symbol
LEAD_FRAMES = 10
TAIL_FRAMES = 16
RATE_SEEN = 0.4  # paces within e^±0.4 are in the training data; beyond, all durations are stretched alike
RATE_LIMIT = 1.6
_PUNCTUATION = frozenset(";:,.!?—…")
_SENTENCE_ENDS = frozenset(".!?…")


def with_edges(symbols: Sequence[str]) -> list[str]:
    """Phonemes of a text → tokens with a lead and a tail around each sentence; no symbols give no tokens.

    A sentence without a closing mark gets the tail of one with a full stop: nearly all training speech has a mark.
    """
    tokens: list[str] = []
    start = 0
    for i, symbol in enumerate(symbols):
        last = i + 1 == len(symbols)
        if last or (symbol == " " and i > start and symbols[i - 1] in _SENTENCE_ENDS):
            sentence = list(symbols[start : i + 1 if last else i])
            while sentence and sentence[-1] == " ":
                sentence.pop()
            if sentence:
                tail = sentence[-1] if sentence[-1] in _PUNCTUATION else "."
                tokens += [SILENCE, *sentence, tail]
            start = i + 1
    return tokens


def edge_frames(ids: Sequence[int]) -> list[int]:
    """The fixed length of each lead and tail token; 0 for the symbols that are predicted."""
    frames = [0] * len(ids)
    for i, symbol in enumerate(ids):
        last = i + 1 == len(ids)
        if last:
            frames[i] = TAIL_FRAMES
        elif symbol == SILENCE_ID and ids[i + 1] != SILENCE_ID:  # silence before silence is a tail
            frames[i] = LEAD_FRAMES
            if i:
                frames[i - 1] = TAIL_FRAMES
    return frames


@dataclass(frozen=True)
class DurationShape:
    """Sizes of a `DurationPredictor`; `dilations` has one residual convolution each."""

    n_symbols: int
    dim: int = 96
    kernel: int = 5
    dilations: tuple[int, ...] = (1, 1, 2, 4, 1)


class _Block(nn.Module):
    def __init__(self, dim: int, kernel: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.conv = nn.Conv1d(dim, dim, kernel, padding=kernel // 2 * dilation, dilation=dilation)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, keep: Tensor) -> Tensor:
        y = functional.gelu(self.norm(x)) * keep
        out: Tensor = x + self.dropout(self.conv(y.mT).mT)
        return out


class DurationPredictor(nn.Module):
    """Residual convolutions over symbols; 0.25 M parameters."""

    def __init__(self, shape: DurationShape, dropout: float = 0.0) -> None:
        super().__init__()
        self.shape = shape
        self.symbols = nn.Embedding(shape.n_symbols, shape.dim)
        self.rate = nn.Linear(1, shape.dim)
        self.blocks = nn.ModuleList(_Block(shape.dim, shape.kernel, d, dropout) for d in shape.dilations)
        self.norm = nn.LayerNorm(shape.dim)
        self.out = nn.Linear(shape.dim, 1)

    def forward(self, ids: Tensor, rate: Tensor, keep: Tensor | None = None) -> Tensor:
        """ids (b, n) with edges, rate (b,) → frames (b, n) float ≥ 0; `keep` (b, n) is 0 at padding."""
        mask = torch.ones_like(ids, dtype=torch.float32) if keep is None else keep.float()
        seen = rate.clamp(-RATE_SEEN, RATE_SEEN)
        x = self.symbols(ids) + self.rate(seen[:, None])[:, None]
        for block in self.blocks:
            x = block(x, mask[..., None])
        log_frames = functional.softplus(self.out(self.norm(x))[..., 0])
        return torch.expm1(log_frames) * rate.exp()[:, None] * mask

    @torch.no_grad()
    def frames(self, ids: Sequence[int], rate: float, speed: float = 1.0) -> list[float]:
        """Unrounded frames for each token of one utterance; `speed` shortens all but the silent edges."""
        if not ids:
            return []
        batch = torch.tensor([list(ids)], device=self.out.weight.device)
        spoken = (self(batch, torch.tensor([rate], device=batch.device))[0] / speed).tolist()
        return [fixed or free for fixed, free in zip(edge_frames(ids), spoken, strict=True)]

    def predict(self, ids: Sequence[int], rate: float = 0.0, speed: float = 1.0) -> list[int]:
        """Whole frames for each token (some 0); rounded along the running sum, so that errors do not add up."""
        total, done, out = 0.0, 0, []
        for frames in self.frames(ids, rate, speed):
            total += frames
            out.append(round(total) - done)
            done += out[-1]
        return out

    def estimate_rate(self, ids: Sequence[int], total_frames: float) -> float:
        """The rate at which `ids` last `total_frames`, edges included; the nearest within ±1.6 if there is none."""
        low, high = -RATE_LIMIT, RATE_LIMIT
        for _ in range(14):  # to 0.02 %
            middle = (low + high) / 2
            if math.fsum(self.frames(ids, middle)) < total_frames:
                low = middle
            else:
                high = middle
        return (low + high) / 2
