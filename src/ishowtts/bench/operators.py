"""How many operators a step launches, by torch's profiler.

A text is said at two numbers of steps, and the difference taken: what is done once for a text falls out, and no
system has to be opened up to be counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile

from ishowtts.bench.lines import Line
from ishowtts.bench.system import System

FEW, MORE = 3, 5
MOVES_NOTHING = {
    "aten::" + name
    for name in ("as_strided", "view", "_reshape_alias", "alias", "detach", "empty", "empty_strided", "empty_like",
                 "resize_", "resolve_conj", "resolve_neg", "lift_fresh", "_unsafe_view", "set_", "unfold", "to", "item",
                 "is_nonzero", "result_type", "is_floating_point")
}  # fmt: skip
COMPILED = "## Call CompiledFxGraph"


@dataclass(frozen=True)
class Launches:
    """For each step: kernels on CUDA, else operators; and calls of compiled code, whose own loops are not counted."""

    operators: float
    compiled: float


def launches(system: System, line: Line, device: torch.device) -> Launches:
    """`system` has to be warm."""
    few, more = (_count(system, line, device, nfe) for nfe in (FEW, MORE))
    steps = MORE - FEW
    return Launches((more.operators - few.operators) / steps, (more.compiled - few.compiled) / steps)


def _count(system: System, line: Line, device: torch.device, nfe: int) -> Launches:
    job = line.job("profile", nfe, seed=0)
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if device.type == "cuda" else [])]
    with profile(activities=activities, acc_events=True) as prof:
        system.say(job)
    events: Any = prof.events()
    compiled = sum(event.name.startswith(COMPILED) for event in events)
    count = sum(map(_is_kernel, events)) if device.type == "cuda" else sum(map(_is_launched, events))
    return Launches(count, compiled)


def _is_kernel(event: Any) -> bool:
    return (
        event.device_type.name == "CUDA"
        and not event.name.startswith(("Memcpy", "Memset"))
        and not getattr(event, "is_user_annotation", False)
    )


def _is_launched(event: Any) -> bool:
    """Called from outside of torch's operators, and does more than look at a tensor in another way."""
    parent = event.cpu_parent
    return event.name.startswith(("aten::", "mkldnn::", "mkl::")) and not _inside(parent) and _works(event)


def _inside(event: Any) -> bool:
    while event is not None:
        if event.name.startswith(("aten::", "mkldnn::", "mkl::")):
            return True
        event = event.cpu_parent
    return False


def _works(event: Any) -> bool:
    children = [child for child in event.cpu_children if child.name.startswith("aten::")]
    if children:
        return any(_works(child) for child in children)
    return event.name not in MOVES_NOTHING
