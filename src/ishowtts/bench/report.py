"""Figures as tables for a terminal and as JSON for later comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.table import Table

from ishowtts.bench.clip import Clip
from ishowtts.bench.gate import Check
from ishowtts.bench.quality import Figures

_UNIT = {"en": "WER", "zh": "CER"}


def heading(about: dict[str, Any]) -> list[str]:
    """Model, machine and judges, a line each."""
    machine, engine = about["machine"], about.get("engine")
    lines = [f"measured: {about['measured']}"]
    if engine:
        trained = ", ".join(f"{name} {count}" for name, count in engine.get("training", {}).items())
        facts = [engine["model"], f"backend {engine['backend']}", engine["dtype"], engine["device"], trained]
        lines.append("model: " + ", ".join(fact for fact in facts if fact))
        sampling = about["sampling"]
        until = f" until {sampling['cfg_until']:g}" if sampling["cfg_until"] < 1 else ""
        lines.append(
            f"sampling: CFG {sampling['cfg_strength']:g}{until}, sway {sampling['sway_sampling_coef']:g}, "
            f"seed {sampling['seed']}; voices {', '.join(about['voices'])}"
        )
    lines.append(f"machine: {machine['cpu']}, {machine['cores']} cores, threads used: {machine['threads']}")
    if machine["load"] > machine["cores"]:
        lines.append(f"note: the load was {machine['load']}, so RTF is that of a busy machine; RTF cpu is not")
    lines.append("judges: " + "; ".join(about["judges"].values()))
    return lines


def quality_table(rows: Sequence[Figures]) -> Table:
    """One line per NFE and language, or per voice."""
    voices = any(row.voice for row in rows)
    heads = ["NFE", "", *(["voice"] if voices else []), "clips", "errors", "chat whole", "similarity", "DistillMOS"]
    table = _table(*heads, "RTF", "RTF cpu")
    for row in rows:
        errors = f"{_UNIT[row.language]} {_percent(row.error_rate, row.error_rate_error)}" if row.language else ""
        table.add_row(
            "" if row.nfe is None else str(row.nfe),
            row.language or "all",
            *([row.voice or ""] if voices else []),
            str(row.clips),
            errors if row.error_rate is not None else "",
            _percent(row.whole),
            _plain(row.similarity, row.similarity_error),
            _plain(row.mos, row.mos_error),
            _plain(row.rtf),
            _plain(row.rtf_cpu),
            end_section=row.language is None,
        )
    return table


def gate_table(checks: Sequence[Check]) -> Table:
    table = _table("floor", "measured", "needed", "aim", "")
    for check in checks:
        floor = check.floor
        sign = "≤" if floor.at_most else "≥"
        show = _percent if floor.field in ("error_rate", "whole") else _plain
        verdict = "[green]reached[/]" if check.passed else "[bold red]missed[/]"
        table.add_row(
            floor.name, show(check.value), f"{sign} {show(floor.floor)}", f"{sign} {show(floor.aim)}", verdict
        )
    return table


def worst_table(clips: Sequence[Clip]) -> Table:
    table = _table("NFE", "clip", "voice", "errors", "said", "heard")
    for clip in clips:
        nfe = "" if clip.nfe is None else str(clip.nfe)
        table.add_row(nfe, clip.id, clip.voice, f"{clip.errors}/{clip.length}", clip.text, clip.heard or "")
    return table


def as_json(
    about: dict[str, Any], rows: Sequence[Figures], checks: Sequence[Check], clips: Sequence[Clip]
) -> dict[str, Any]:
    """Everything, down to each clip."""
    return {
        **about,
        "rows": [asdict(row) for row in rows],
        "floors": [{**asdict(c.floor), "nfe": c.nfe, "value": c.value, "passed": c.passed} for c in checks],
        "clips": [asdict(clip) for clip in clips],
    }


def _table(*heads: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for head in heads:
        table.add_column(head, overflow="fold", no_wrap=head not in ("said", "heard"))
    return table


def _plain(value: float | None, error: float | None = None) -> str:
    return "" if value is None else f"{value:.2f}" + ("" if error is None else f" ±{error:.2f}")


def _percent(value: float | None, error: float | None = None) -> str:
    return "" if value is None else f"{100 * value:.1f}" + ("" if error is None else f" ±{100 * error:.1f}") + " %"
