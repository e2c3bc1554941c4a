"""What the diffusion transformer is shown at a step: mels with the tokens of what is said, by one of two recipes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from ishowtts.engine.build import official_vocab
from ishowtts.engine.frontend import OfficialFrontend, closed, read_vocab
from ishowtts.errors import ConfigError
from ishowtts.training.corpus import Corpus, by_speaker

Tokens = Literal["phonemes", "characters"]
Windows = tuple[tuple[int, int], ...]
_FILLER = -1  # upstream's padding of tokens
_POOL = 256  # examples drawn at once and sorted by length, so that little is padding
_HELD_OUT_BATCHES = 8


@dataclass(frozen=True)
class Batch:
    """mel (b, n, 100) fp32 normalised, tokens (b, nt) int64, lens (b,) int64, and `frames` that are not padding."""

    mel: Tensor
    tokens: Tensor
    lens: Tensor
    frames: int

    def to(self, device: str) -> Batch:
        return Batch(self.mel.to(device), self.tokens.to(device), self.lens.to(device), self.frames)


class Batches(Protocol):
    """A recipe: how an engine's front end makes tokens, and how the model is trained on them."""

    corpus: Corpus
    frontend: str
    """The engine's front end for such tokens."""
    vocab: list[str]
    flags: dict[str, bool]
    """Arguments of upstream's `DiT` that go with the recipe."""
    few_shapes: bool
    """Whether compiling pays, which is done anew for each shape."""

    def draw(self, rng: np.random.Generator) -> Batch:
        """The batch of a training step."""
        ...

    def held_out(self) -> Iterator[Batch]:
        """Validation batches, always the same."""
        ...

    def tokens(self, *utterances: dict[str, Any]) -> np.ndarray:
        """What is said in utterances end to end, as at inference with the first as the prompt: (nt,) int64."""
        ...


def make_batches(tokens: Tokens, corpus: Corpus, windows: Windows, frames: int) -> Batches:
    """`windows` are for phonemes, `frames` for characters. Raises `ConfigError` if the corpus lacks durations."""
    return PhonemeWindows(corpus, windows) if tokens == "phonemes" else WholeTexts(corpus, frames)


class PhonemeWindows:
    """One phoneme a frame, so any cut of the corpus is a valid example.

    Windows have a few fixed lengths, need no padding, and teach the model to go on from a prompt of the same speaker,
    as it must when it clones a voice. `windows` are (frames, batch size) pairs of about equal cost.
    """

    frontend = "aligned"
    few_shapes = True

    def __init__(self, corpus: Corpus, windows: Windows) -> None:
        if not all(u["durations"] for u in corpus.training):
            raise ConfigError(
                "this corpus has recordings without phoneme durations: train with --tokens characters",
                param="tokens",
            )
        self.corpus, self.windows, self.vocab = corpus, windows, corpus.vocab
        self.flags: dict[str, bool] = {}
        frames = np.array([sum(u["frames"] for u in group) for group in corpus.by_speaker.values()], float)
        self._training = list(corpus.by_speaker.values()), frames / frames.sum()

    def draw(self, rng: np.random.Generator) -> Batch:
        length, size = self.windows[rng.integers(len(self.windows))]
        return self._batch(rng, size, length, *self._training)

    def held_out(self) -> Iterator[Batch]:
        speakers = list(by_speaker(self.corpus.validation).values())
        rng, evenly = np.random.default_rng(1), np.full(len(speakers), 1 / len(speakers))
        for _ in range(_HELD_OUT_BATCHES):
            yield self._batch(rng, 4, 448, speakers, evenly)

    def tokens(self, *utterances: dict[str, Any]) -> np.ndarray:
        return self.corpus.labels(*utterances)

    def _batch(
        self, rng: np.random.Generator, size: int, frames: int, speakers: list[list[dict[str, Any]]], share: np.ndarray
    ) -> Batch:
        pairs = [self._window(rng, frames, speakers, share) for _ in range(size)]
        mel, labels = (torch.from_numpy(np.stack(part)) for part in zip(*pairs, strict=True))
        return Batch(mel, labels, torch.full((size,), frames), size * frames)

    def _window(
        self, rng: np.random.Generator, frames: int, speakers: list[list[dict[str, Any]]], share: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """One speaker's utterances end to end, cut to `frames`: normalised mel (frames, 100), labels (frames,)."""
        utterances = speakers[rng.choice(len(speakers), p=share)]
        chosen, have = [], -int(rng.integers(0, frames // 2))
        while have < frames:
            chosen.append(utterances[rng.integers(len(utterances))])
            have += chosen[-1]["frames"]
        mel, labels = self.corpus.log_mel(*chosen), self.corpus.labels(*chosen)
        cut = int(rng.integers(0, len(mel) - frames + 1))
        return self.corpus.normalised(mel[cut : cut + frames]), labels[cut : cut + frames]


class WholeTexts:
    """Characters or pinyin of whole utterances, as official checkpoints see them; the model spreads them by itself.

    Needs recordings and text, no durations. A share of `joined` examples are two utterances of one speaker, as a prompt
    and the new text are at inference. Batches hold examples of about one length and at most `frames` frames; longer
    examples are left out.
    """

    frontend = "official"
    few_shapes = False

    def __init__(self, corpus: Corpus, frames: int, joined: float = 0.4) -> None:
        self.corpus, self.frames, self.joined = corpus, frames, joined
        vocab = read_vocab(official_vocab())
        self.vocab = list(vocab)
        self.flags = {"text_mask_padding": True, "text_embedding_average_upsampling": True}
        self._official = OfficialFrontend(vocab, "pinyin")
        self._ids = lru_cache(maxsize=65_536)(self._official.ids)
        self._waiting: list[Batch] = []

    def draw(self, rng: np.random.Generator) -> Batch:
        if not self._waiting:
            examples = [self._example(rng) for _ in range(_POOL)]
            batches = list(self._batches([e for e in examples if self._length(e) <= self.frames]))
            if not batches:
                raise ConfigError(f"no utterance of this corpus is as short as {self.frames} frames")
            self._waiting = [batches[i] for i in rng.permutation(len(batches))]
        return self._waiting.pop()

    def held_out(self) -> Iterator[Batch]:
        examples = [(u,) for u in self.corpus.validation if u["frames"] <= self.frames]
        yield from list(self._batches(examples))[:_HELD_OUT_BATCHES]

    def tokens(self, *utterances: dict[str, Any]) -> np.ndarray:
        *before, last = (u["text"].strip() for u in utterances)
        return np.array(self._ids("".join(map(closed, before)) + last), np.int64)

    def _example(self, rng: np.random.Generator) -> tuple[dict[str, Any], ...]:
        first = self.corpus.training[rng.integers(len(self.corpus.training))]
        if rng.random() >= self.joined:
            return (first,)
        same = self.corpus.by_speaker[first["speaker"]]
        return first, same[rng.integers(len(same))]

    @staticmethod
    def _length(example: Sequence[dict[str, Any]]) -> int:
        return sum(u["frames"] for u in example)

    def _batches(self, examples: Sequence[Sequence[dict[str, Any]]]) -> Iterator[Batch]:
        """From the longest down: the first of a batch says how many fit."""
        group: list[Sequence[dict[str, Any]]] = []
        for example in sorted(examples, key=self._length, reverse=True):
            if group and (len(group) + 1) * self._length(group[0]) > self.frames:
                yield self._batch(group)
                group = []
            group.append(example)
        if group:
            yield self._batch(group)

    def _batch(self, examples: Sequence[Sequence[dict[str, Any]]]) -> Batch:
        """Padded to the longest and no further: upstream's masks end there."""
        lens = torch.tensor([self._length(e) for e in examples])
        mel = torch.zeros(len(examples), int(lens.max()), self.corpus.mel.shape[1])
        for row, example in zip(mel, examples, strict=True):
            own = torch.from_numpy(self.corpus.normalised(self.corpus.log_mel(*example)))
            row[: len(own)] = own
        ids = [torch.from_numpy(self.tokens(*example)) for example in examples]
        return Batch(mel, pad_sequence(ids, batch_first=True, padding_value=_FILLER), lens, int(lens.sum()))
