"""A text of half a minute: how soon the first sound is there, and how soon the last."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ishowtts.audio.decode import decode
from ishowtts.bench.lines import Line
from ishowtts.bench.load import drive
from ishowtts.bench.servers import Server
from ishowtts.engine.features import SAMPLE_RATE
from ishowtts.engine.job import Job, Sampling
from ishowtts.settings import SynthesisSettings
from ishowtts.synthesis.take import claims_of
from ishowtts.text.segments import split

UPSTREAM_SECONDS = 22.0  # of reference and speech together, which f5_tts fills with each of its chunks


@dataclass(frozen=True)
class LongText:
    """Seconds from the request to the end of the first piece, and of all."""

    system: str
    cut: str
    round: int
    pieces: int
    audio_seconds: float
    first_audio: float
    total: float

    @property
    def share(self) -> float:
        return self.first_audio / self.total


def server_pieces(text: str) -> list[str]:
    """As the server cuts it, with its default lengths."""
    lengths = SynthesisSettings()
    return split(text, first_seconds=lengths.first_segment_seconds, max_seconds=lengths.max_segment_seconds)


def upstream_pieces(line: Line) -> list[str]:
    """By the rule of f5_tts: clauses, as many as fit the bytes that the reference's own pace gives 22 s."""
    reference = line.reference
    seconds = len(decode(reference.audio, SAMPLE_RATE)) / SAMPLE_RATE
    room = int(len(reference.text.encode()) / seconds * (UPSTREAM_SECONDS - seconds))
    pieces: list[str] = []
    for clause in re.findall(r".+?(?:[;:,.!?](?=\s)|[；：，。！？]|$)\s*", line.text):
        if pieces and len((pieces[-1] + clause).encode()) <= room:
            pieces[-1] += clause
        else:
            pieces.append(clause)
    return [piece.strip() for piece in pieces]


def measure(
    name: str, server: Server, cut: str, pieces: Sequence[str], line: Line, nfe: int, number: int = 0
) -> LongText:
    """All pieces submitted together, as the server does; `cut` says whose pieces they are."""
    jobs = [Job(f"long-{i}", text, line.reference, Sampling(nfe_step=nfe, seed=i)) for i, text in enumerate(pieces)]
    start, outcomes = drive(server, jobs, [0.0] * len(jobs), claims_of(pieces))
    return LongText(
        system=name,
        cut=cut,
        round=number,
        pieces=len(jobs),
        audio_seconds=sum(outcome.audio_seconds for outcome in outcomes.values()),
        first_audio=outcomes[jobs[0].id].at - start,
        total=max(outcome.at for outcome in outcomes.values()) - start,
    )
