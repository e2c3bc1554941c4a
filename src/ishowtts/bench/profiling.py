"""Where the time of one text goes, operator by operator, by torch's profiler.

The profiler itself takes time at every operator, so small ones look larger than they are; how long the same text
takes when nobody looks is told beside.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import torch
from rich.table import Table
from torch.profiler import ProfilerActivity, profile

from ishowtts.bench.lines import Line
from ishowtts.bench.system import PHASES, System

OUTSIDE = "(Python, between operators)"
UNWATCHED = 3


@dataclass(frozen=True)
class Share:
    """An operator in a phase: how often it was called, and its own seconds, without those of operators inside it."""

    operator: str
    calls: int
    seconds: float


@dataclass(frozen=True)
class Phase:
    """`seconds` with the profiler looking: of the thread that calls, on CUDA of the card."""

    name: str
    seconds: float
    shares: tuple[Share, ...]


@dataclass(frozen=True)
class Profile:
    """`unwatched` is the median of some runs without the profiler, in seconds, of the whole text."""

    system: str
    runs: str
    steps: int
    frames: int
    audio_seconds: float
    unwatched: float
    unwatched_step: float
    phases: tuple[Phase, ...]


def profile_text(
    system: System, line: Line, nfe: int, device: torch.device, sample_rate: int, trace: Path | None = None
) -> Profile:
    """`system` has to be warm; `trace` becomes a Chrome trace (open it in ui.perfetto.dev)."""
    job = line.job("profile", nfe, seed=0)
    said = [system.say(job) for _ in range(UNWATCHED)]
    on_card = device.type == "cuda"
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if on_card else [])]
    with profile(activities=activities, acc_events=True) as prof:
        system.say(job)
    if trace is not None:
        prof.export_chrome_trace(str(trace))
    events: Any = prof.events()
    return Profile(
        system=system.name,
        runs=system.runs,
        steps=said[0].steps,
        frames=said[0].frames,
        audio_seconds=len(said[0].pcm) / sample_rate,
        unwatched=median(each.seconds for each in said),
        unwatched_step=median(each.steps_seconds / each.steps for each in said),
        phases=tuple(_phase(event, on_card) for event in events if _is_phase(event)),
    )


def _is_phase(event: Any) -> bool:
    return event.name in PHASES and event.cpu_parent is None and event.device_type.name == "CPU"


def _phase(root: Any, on_card: bool) -> Phase:
    calls: dict[str, int] = {}
    seconds: dict[str, float] = {}
    for event in _below(root):
        name = OUTSIDE if event is root else readable(event.name)
        own = event.self_device_time_total if on_card else event.self_cpu_time_total
        calls[name] = calls.get(name, 0) + (event is not root)
        seconds[name] = seconds.get(name, 0.0) + own / 1e6
    if on_card:
        seconds.pop(OUTSIDE)
    shares = [Share(name, calls[name], own) for name, own in seconds.items() if own > 0]
    shares.sort(key=lambda share: -share.seconds)
    return Phase(root.name, sum(share.seconds for share in shares), tuple(shares))


def _below(event: Any) -> Iterable[Any]:
    yield event
    for child in event.cpu_children:
        yield from _below(child)


def readable(name: str) -> str:
    """An operator's name without what differs from run to run."""
    if name.startswith("## Call CompiledFxGraph"):
        return "compiled code, fused loops"
    return re.sub(r"^Torch-Compiled Region.*", "compiled code, entry", name)


def tables(profile: Profile, rows: int) -> list[Table]:
    """One for each phase, the `rows` costliest operators and the rest together."""
    return [_table(phase, rows) for phase in profile.phases]


def _table(phase: Phase, rows: int) -> Table:
    table = Table(box=None, pad_edge=False, title=f"{phase.name}: {1000 * phase.seconds:.1f} ms", title_justify="left")
    for head in ("operator", "calls", "self ms", "share"):
        table.add_column(head, justify="left" if head == "operator" else "right")
    rest = phase.shares[rows:]
    shown = list(phase.shares[:rows])
    if rest:
        shown.append(Share(f"({len(rest)} others)", sum(s.calls for s in rest), sum(s.seconds for s in rest)))
    for share in shown:
        part = f"{100 * share.seconds / phase.seconds:.1f} %"
        table.add_row(share.operator, str(share.calls or ""), f"{1000 * share.seconds:.2f}", part)
    return table
