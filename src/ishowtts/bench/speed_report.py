"""The figures of the engine's benchmark as tables and as JSON."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from statistics import median
from typing import Any

from rich.table import Table

from ishowtts.bench.flops import Shape
from ishowtts.bench.load import Load
from ishowtts.bench.numbers import quantile, speedup
from ishowtts.bench.single import Single
from ishowtts.bench.speed import Found
from ishowtts.bench.systems import UPSTREAM
from ishowtts.bench.tables import plain_table

BUSY = 0.5
"""Load average from which the machine counts as busy before the benchmark has begun."""


def heading(about: dict[str, Any]) -> list[str]:
    """Hardware, versions and model, a line each, and a warning where figures would not be worth much."""
    machine, versions = about["machine"], about["versions"]
    lines = [
        f"machine: {machine['cpu']}, {machine['cores']} cores, threads used: {machine['threads']}, {machine['system']}",
        f"device: {about['device']}",
        "versions: " + ", ".join(f"{name} {version}" for name, version in versions.items()),
        f"model: {about['model']}",
        f"load average: {machine['load']:.2f}; GOMP_SPINCOUNT={os.environ.get('GOMP_SPINCOUNT', 'not set')}",
    ]
    if machine["load"] > BUSY:
        lines.append(
            f"WARNING: the machine is busy (load {machine['load']:.2f}): ratios lean on systems taking turns, times "
            "are not those of a quiet machine"
        )
    return lines


def single_table(found: Found) -> Table:
    """One request at a time."""
    table = plain_table("one at a time", "runs", "NFE", "texts", "RTF p50", "RTF p95", "RTF cpu", "× upstream",
                        "step ms", "launches/step")  # fmt: skip
    entrants = list(dict.fromkeys(single.entrant for single in found.singles))
    base = next((key for key in entrants if key.split("@")[0] == UPSTREAM), None)
    base_seconds = {single.pair: single.seconds for single in found.of(base)} if base else {}
    for entrant in entrants:
        singles = found.of(entrant)
        name, nfe = entrant.split("@")
        rtf = [single.rtf for single in singles]
        cpu = sum(single.cpu_seconds for single in singles) / sum(single.audio_seconds for single in singles)
        step = [single.steps_seconds / single.nfe for single in singles]
        table.add_row(
            name,
            found.runs[name],
            nfe,
            str(len(singles)),
            f"{quantile(rtf, 0.5):.4f}",
            f"{quantile(rtf, 0.95):.4f}",
            f"{cpu:.4f}",
            _times(speedup(base_seconds, {single.pair: single.seconds for single in singles})),
            f"{1000 * median(step):.2f}",
            _launches(found, name),
        )
    for name, reason in found.failed.items():
        table.add_row(name, f"does not run: {reason}")
    return table


def load_table(found: Found) -> Table:
    """Several requests; latency from when a request was due."""
    table = plain_table("requests", "system", "audio s/s", "makespan s", "p50 s", "p95 s", "× upstream")
    levels = list(dict.fromkeys((load.kind, load.level) for load in found.loads))
    for kind, level in levels:
        same = [load for load in found.loads if (load.kind, load.level) == (kind, level)]
        base = {load.pair: load.makespan for load in same if load.system == UPSTREAM}
        names = list(dict.fromkeys(load.system for load in same))
        for name in names:
            own = [load for load in same if load.system == name]
            table.add_row(
                _level(own[0]),
                name,
                f"{median(load.throughput for load in own):.2f}",
                f"{median(load.makespan for load in own):.2f}",
                *_latency(own),
                _times(speedup(base, {load.pair: load.makespan for load in own})),
                end_section=name == names[-1],
            )
    return table


def long_table(found: Found, seconds: float) -> Table:
    table = plain_table(
        f"{seconds:g} s of text", "cut as by", "pieces", "audio s", "first audio s", "total s", "first/total"
    )
    for system, cut in dict.fromkeys((long.system, long.cut) for long in found.longs):
        own = [long for long in found.longs if (long.system, long.cut) == (system, cut)]
        table.add_row(
            system,
            cut,
            str(own[0].pieces),
            f"{own[0].audio_seconds:.1f}",
            f"{median(long.first_audio for long in own):.2f}",
            f"{median(long.total for long in own):.2f}",
            _percent(median(long.share for long in own)),
        )
    return table


def limits_table(found: Found, shape: Shape, peak_tflops: float | None) -> Table:
    """Memory, and the share of the machine's arithmetic that the steps reach."""
    heads = ["limits", "loaded MiB", "peak MiB", "GFLOP/step", "TFLOP/s in steps", "GEMM here TFLOP/s", "share of it"]
    table = plain_table(*heads, *(["share of data sheet"] if peak_tflops else []))
    for name, memory in found.memory.items():
        singles = [single for single in found.singles if single.entrant.split("@")[0] == name]
        work, reached = _work(singles, shape) if singles else (None, None)
        row = [name, f"{memory.loaded:.0f}", f"{memory.peak:.0f}"]
        if work is not None and reached is not None:
            gemm = found.gemm[name]
            row += [f"{work / 1e9:.2f}", f"{reached / 1e12:.3f}", f"{gemm:.3f}", _percent(reached / 1e12 / gemm)]
            row += [_percent(reached / 1e12 / peak_tflops)] if peak_tflops else []
        table.add_row(*row)
    return table


def as_json(about: dict[str, Any], found: Found, shape: Shape) -> dict[str, Any]:
    """Everything, down to each request."""
    return {
        **about,
        **asdict(found),
        "singles": [{**asdict(s), "flops_per_step": shape.forward(s.frames, s.rows).total} for s in found.singles],
        "shape": asdict(shape),
    }


def _work(singles: Sequence[Single], shape: Shape) -> tuple[float, float]:
    """Mean FLOP of a step, and FLOP/s over all steps."""
    flops = [shape.forward(single.frames, single.rows).total for single in singles]
    done = sum(flop * single.nfe for flop, single in zip(flops, singles, strict=True))
    return sum(flops) / len(flops), done / sum(single.steps_seconds for single in singles)


def _launches(found: Found, name: str) -> str:
    counted = found.launches.get(name)
    if counted is None:
        return ""
    compiled = f" + {counted.compiled:g} compiled" if counted.compiled else ""
    return f"{counted.operators:g}{compiled}"


def _level(load: Load) -> str:
    return f"{load.level:g} at once" if load.kind == "burst" else f"Poisson, {load.level:g} per service time"


def _latency(loads: Sequence[Load]) -> tuple[str, str]:
    latencies = [latency for load in loads for latency in load.latencies]
    return f"{quantile(latencies, 0.5):.2f}", f"{quantile(latencies, 0.95):.2f}"


def _times(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2f}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
