"""Front ends: text → (tokens, frames). Nothing below knows which one it was.

The official one gives characters or pinyin for the whole text, estimates the length, and leaves it to the model to
spread the text over the frames. The aligned one, of f5-mini, gives one phoneme a frame.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor

from ishowtts.engine.durations import SILENCE, DurationPredictor, with_edges
from ishowtts.engine.features import FRAMES_PER_SECOND
from ishowtts.engine.job import NONE_MADE, Job, Reference, Remarks
from ishowtts.errors import CheckpointError, InvalidRequest, NothingToSay
from ishowtts.text.lengths import spoken_seconds
from ishowtts.text.phonemes import read, unspoken, warm_up
from ishowtts.text.timing import Sound, WordTime, spread_words, timed_words
from ishowtts.text.tokens import Vocab, tokens_of

KEPT_PROMPTS = 256
MAX_FRAMES = 4096  # 43.7 s of reference and speech together: far above what the models were trained on


@dataclass(frozen=True)
class Prompt:
    """tokens (1, nt) int64 for `CFM.sample`; `frames` of reference plus new speech; the frame of the clip that the
    reference begins with; when each word of the job's text is said, in seconds of the new speech."""

    tokens: Tensor
    frames: int
    begin: int = 0
    times: tuple[WordTime, ...] = ()
    remarks: Remarks = NONE_MADE

    @property
    def model_frames(self) -> int:
        """`CFM.sample` runs one frame more than there are tokens, at least; what is over is cut off again."""
        return max(self.frames, self.tokens.shape[1] + 1)


class Frontend(Protocol):
    def prompt(self, job: Job, reference_frames: int) -> Prompt:
        """Raises `NothingToSay`, `InvalidRequest`."""
        ...

    def warm_up(self) -> None:
        """Load what is loaded at first use."""
        ...


def checked_frames(job: Job, reference_frames: int, frames: int) -> int:
    """Total frames after `fix_duration`, within what the model can hold."""
    if job.sampling.fix_duration is not None:
        frames = round(job.sampling.fix_duration * FRAMES_PER_SECOND)
        if frames <= reference_frames:
            raise InvalidRequest(
                f"fix_duration counts the reference too, which takes {reference_frames / FRAMES_PER_SECOND:.1f} s "
                "of it: ask for more",
                param="fix_duration",
            )
    if frames > MAX_FRAMES:
        raise InvalidRequest(
            f"one segment would take {frames / FRAMES_PER_SECOND:.0f} s with its reference, the model holds "
            f"{MAX_FRAMES / FRAMES_PER_SECOND:.0f} s: raise speed or use a shorter reference",
            param="text",
        )
    return frames


def read_vocab(path: Path) -> dict[str, int]:
    """One token a line, by line number. A space on the first line is a token, so only the newline is stripped."""
    with path.open(encoding="utf-8", newline="\n") as lines:
        vocab = {line.rstrip("\r\n"): i for i, line in enumerate(lines)}
    if not vocab:
        raise CheckpointError(f"vocabulary {path.name} is empty")
    return vocab


class OfficialFrontend:
    """The tokens that official models were trained on; lengths by syllables at the reference's pace.

    Upstream's own rule goes by bytes: docs/text.md compares the two.
    """

    def __init__(self, vocab: dict[str, int], tokenizer: str) -> None:
        self.vocab = vocab
        self._known = Vocab(frozenset(vocab), tokenizer == "pinyin")

    def warm_up(self) -> None:
        self.ids("hello 你好")

    def ids(self, text: str) -> list[int]:
        """Token numbers of a whole text; what the vocabulary lacks is 0, a blank in the official ones."""
        return [self.vocab.get(t, 0) for t in tokens_of(text, self._known).tokens]

    def _remarks(self, text: str) -> Remarks:
        unknown = tokens_of(text, self._known).unknown
        return Remarks(unspoken=sum(token.isalnum() for token in unknown))

    def prompt(self, job: Job, reference_frames: int) -> Prompt:
        text = job.text.strip()
        if not any(c.isalnum() for c in text):
            raise NothingToSay("the text has nothing that can be spoken", param="text")
        said, clip_seconds = closed(job.reference.text), reference_frames / FRAMES_PER_SECOND
        new = round(FRAMES_PER_SECOND * spoken_seconds(text, said, clip_seconds, job.sampling.speed))
        tokens = self.ids(said + text)
        frames = checked_frames(job, reference_frames, max(reference_frames + new, len(tokens) + 1))
        seconds = (frames - reference_frames) / FRAMES_PER_SECOND
        return Prompt(
            torch.tensor([tokens]), frames, times=spread_words(job.text, seconds), remarks=self._remarks(text)
        )


def closed(text: str) -> str:
    """Reference text as the model was trained to see it: ended, and a blank after an ASCII end."""
    text = text.strip()
    if not text.endswith((". ", "。", ".", "!", "?", "！", "？")):
        text += "."
    return text + " " if text[-1].isascii() else text


class AlignedFrontend:
    """One phoneme a frame: durations from a small predictor at the reference's own pace.

    Of a clip longer than `longest_prompt` frames (0: any length) only the end is heard, from the beginning of a word.
    """

    def __init__(self, vocab: dict[str, int], durations: DurationPredictor, longest_prompt: int = 0) -> None:
        self.vocab = vocab
        self.durations = durations.eval()
        self.longest_prompt = longest_prompt
        self._prompts: OrderedDict[Reference, tuple[list[int], float]] = OrderedDict()

    def warm_up(self) -> None:
        warm_up()

    def _ids(self, text: str) -> list[int]:
        symbols = [s for s in read(text).symbols if s in self.vocab]
        if not any(s.isalpha() for s in symbols):
            raise NothingToSay("the text has nothing that can be spoken", param="text")
        return [self.vocab[s] for s in with_edges(symbols)]

    def _times(self, text: str, ids: list[int], counts: list[int]) -> tuple[WordTime, ...]:
        """Of words, from frames for each token: those that are sounds are the sounds of the reading, in its order."""
        reading = read(text)
        spoken = [
            (s, span)
            for s, span in zip(reading.symbols, reading.spans, strict=True)
            if span is not None and s in self.vocab
        ]
        sounds: list[Sound] = []
        frame = 0
        for symbol, count in zip(ids, counts, strict=True):
            if len(sounds) < len(spoken) and symbol == self.vocab[spoken[len(sounds)][0]]:
                span = spoken[len(sounds)][1]
                sounds.append(Sound(*span, frame / FRAMES_PER_SECOND, (frame + count) / FRAMES_PER_SECOND))
            frame += count
        return timed_words(text, sounds)

    def _reference(self, reference: Reference, frames: int) -> tuple[list[int], float]:
        """Token of each frame of the clip, and its pace; kept for the voices last used, since the pace is a search."""
        if reference not in self._prompts:
            self._prompts[reference] = self._align(reference, frames)
            if len(self._prompts) > KEPT_PROMPTS:
                self._prompts.popitem(last=False)
        self._prompts.move_to_end(reference)
        return self._prompts[reference]

    def _align(self, reference: Reference, frames: int) -> tuple[list[int], float]:
        if reference.alignment is not None:
            ids = [self.vocab[s] for s, _ in reference.alignment]
            counts = [n for _, n in reference.alignment]
            rate = self.durations.estimate_rate(ids, sum(counts))
        else:
            ids = self._ids(reference.text)
            rate = self.durations.estimate_rate(ids, frames)
            counts = self.durations.predict(ids, rate)
        spread = [i for i, n in zip(ids, counts, strict=True) for _ in range(n)]
        return _exactly(spread, frames, self.vocab[SILENCE]), rate

    def prompt(self, job: Job, reference_frames: int) -> Prompt:
        said, rate = self._reference(job.reference, reference_frames)
        begin = self._begin(said)
        said, reference_frames = said[begin:], reference_frames - begin
        ids = self._ids(job.text)
        counts = self.durations.predict(ids, rate, speed=job.sampling.speed)
        frames = checked_frames(job, reference_frames, reference_frames + sum(counts))
        if job.sampling.fix_duration is not None:
            counts = _stretched(counts, frames - reference_frames)
        tokens = said + [i for i, n in zip(ids, counts, strict=True) for _ in range(n)]
        reading = read(job.text)
        remarks = Remarks(unspoken(job.text, reading), reading.failures)
        return Prompt(torch.tensor([tokens]), frames, begin, self._times(job.text, ids, counts), remarks)

    def _begin(self, said: list[int]) -> int:
        """The first pause or gap between words from which no more than the longest prompt is left."""
        if not self.longest_prompt or len(said) <= self.longest_prompt:
            return 0
        earliest = len(said) - self.longest_prompt
        gaps = {self.vocab[s] for s in (SILENCE, " ", ",", ".", ";", "!", "?") if s in self.vocab}
        return next((i for i in range(earliest, len(said) // 2 + earliest // 2) if said[i] in gaps), earliest)


def _exactly(tokens: list[int], frames: int, filler: int) -> list[int]:
    return (tokens + [filler] * (frames - len(tokens)))[:frames]


def _stretched(counts: list[int], total: int) -> list[int]:
    """Counts in the same proportions that sum to `total`, by rounding the running sum."""
    whole, done, out = sum(counts), 0, []
    running = 0
    for n in counts:
        running += n
        edge = round(running * total / whole)
        out.append(edge - done)
        done = edge
    return out
