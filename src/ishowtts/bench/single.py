"""One request at a time: every system says every text, the systems by turns, so that none meets a quieter machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ishowtts.bench.lines import Line
from ishowtts.bench.system import System

Ticker = Callable[[str], None]
"""Called after each piece of work with what it was."""


@dataclass(frozen=True)
class Entrant:
    """A system at a number of steps."""

    system: System
    nfe: int

    @property
    def key(self) -> str:
        return f"{self.system.name}@{self.nfe}"


@dataclass(frozen=True)
class Single:
    """One text said once."""

    entrant: str
    line: str
    round: int
    nfe: int
    frames: int
    rows: int
    audio_seconds: float
    seconds: float
    cpu_seconds: float
    steps_seconds: float

    @property
    def pair(self) -> tuple[str, int]:
        """What the same text of another system is found by."""
        return self.line, self.round

    @property
    def rtf(self) -> float:
        return self.seconds / self.audio_seconds


def rounds(
    entrants: Sequence[Entrant], lines: Sequence[Line], repeat: int, sample_rate: int, tick: Ticker
) -> list[Single]:
    """Text by text A B C, A B C, … and all of it `repeat` times, each time with other noise."""
    singles = []
    for number in range(repeat):
        for index, line in enumerate(lines):
            for entrant in entrants:
                job = line.job(line.id, entrant.nfe, seed=number * len(lines) + index)
                said = entrant.system.say(job)
                singles.append(
                    Single(
                        entrant=entrant.key,
                        line=line.id,
                        round=number,
                        nfe=said.steps,
                        frames=said.frames,
                        rows=said.rows,
                        audio_seconds=len(said.pcm) / sample_rate,
                        seconds=said.seconds,
                        cpu_seconds=said.cpu_seconds,
                        steps_seconds=said.steps_seconds,
                    )
                )
                tick(f"{entrant.key} {line.id}")
    return singles
