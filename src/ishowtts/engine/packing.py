"""Sequences of different lengths laid end to end, so that no frame of padding is ever computed.

Each job brings its frames once (with text and prompt) or, under classifier-free guidance, a second time without them.
All of them lie in one (tokens, dim) tensor: what works token by token neither knows nor cares where one ends. Only the
position convolution and attention look across tokens, and they look here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import torch
from torch import Tensor

GAP = 15  # zeros on each side of a sequence: half of the position convolution's kernel of 31


@dataclass(frozen=True, slots=True)
class Span:
    """`rows` sequences of `frames` tokens each, one after the other from token `start` on: the rows of one job."""

    start: int
    frames: int
    rows: int

    @property
    def stop(self) -> int:
        return self.start + self.frames * self.rows


@dataclass(frozen=True)
class Packing:
    """Where the tokens of a set of jobs lie.

    frame (tokens,): the frame of the unguided state that a token belongs to, over all jobs;
    position (tokens,): its place in its own sequence;
    guided, unguided (frames,): where a frame's two tokens lie; the same one where a job has no guidance;
    padded (tokens,): its place among sequences with `GAP` zeros around each; `padded_length` is their whole length;
    job (frames,) and token_job (tokens,): the number of the job.
    """

    spans: tuple[Span, ...]
    frame: Tensor
    position: Tensor
    guided: Tensor
    unguided: Tensor
    padded: Tensor
    padded_length: int
    job: Tensor
    token_job: Tensor

    @property
    def tokens(self) -> int:
        return len(self.frame)

    @classmethod
    def of(cls, sizes: Sequence[tuple[int, int]], device: torch.device) -> Packing:
        """`sizes` are (frames, rows) of each job, rows 1 or 2."""
        starts = [0, *accumulate(frames * rows for frames, rows in sizes)]
        spans = tuple(Span(start, *size) for start, size in zip(starts, sizes, strict=False))
        first_frame = [0, *accumulate(frames for frames, _ in sizes)]
        frame: list[Tensor] = []
        position: list[Tensor] = []
        guided: list[Tensor] = []
        unguided: list[Tensor] = []
        padded: list[Tensor] = []
        job: list[Tensor] = []
        token_job: list[Tensor] = []
        gap = GAP
        for number, (span, offset) in enumerate(zip(spans, first_frame, strict=False)):
            steps = torch.arange(span.frames)
            guided.append(span.start + steps)
            unguided.append(span.stop - span.frames + steps)
            job.append(torch.full((span.frames,), number))
            for _ in range(span.rows):
                frame.append(offset + steps)
                position.append(steps)
                token_job.append(job[-1])
                padded.append(gap + steps)
                gap += span.frames + GAP

        def index(parts: list[Tensor]) -> Tensor:
            return torch.cat(parts).to(device)

        return cls(
            spans,
            frame=index(frame),
            position=index(position),
            guided=index(guided),
            unguided=index(unguided),
            padded=index(padded),
            padded_length=gap,
            job=index(job),
            token_job=index(token_job),
        )
