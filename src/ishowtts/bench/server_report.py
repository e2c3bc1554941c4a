"""The figures of a server's benchmark as tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.table import Table

from ishowtts.bench.tables import plain_table

BUSY = 0.5
"""Load average from which the machine counts as busy before the benchmark has begun."""

FEW = 10
"""Fewer answers are no measure of capacity."""


def heading(about: dict[str, Any]) -> list[str]:
    machine, versions, engine = about["machine"], about["versions"], about["engine"]
    lines = [
        f"machine: {machine['cpu']}, {machine['cores']} cores, {machine['system']}",
        "versions: " + ", ".join(f"{name} {version}" for name, version in {**versions, **_versions(engine)}.items()),
        f"server: {about['server']}, model {engine.get('model', '?')} on {engine.get('device', '?')} "
        f"({engine.get('dtype', '?')})",
        f"clients: {about['clients']}, told apart by {about['told_apart_by']}; all of them in this one process, which "
        "shares the machine with the server" + ("" if about["own"] else " if that is here"),
        f"load average: {machine['load']:.2f}",
    ]
    if machine["load"] > BUSY:
        lines.append(f"WARNING: the machine is busy (load {machine['load']:.2f}): these are not figures of a quiet one")
    return lines


def capacity_line(capacity: dict[str, Any]) -> str:
    return (
        f"capacity: {capacity['audio_seconds_per_second']:.2f} s of sound a second = "
        f"{capacity['requests_per_second']:.2f} requests a second of {capacity['audio_seconds_of_a_request']:.1f} s "
        f"({capacity['answered']} answered"
        + ("; few: take a longer --calibrate)" if capacity["answered"] < FEW else ")")
    )


def speech_table(phases: Sequence[dict[str, Any]]) -> Table:
    """What the listeners got."""
    table = plain_table("load", "req/s", "offered", "ok", "refused", "failed", "first audio s p50/p90/p95/p99",
                        "queue s p50/p95", "RTF p50/p95", "no gap", "worst gap s", "audio s/s")  # fmt: skip
    for phase in phases:
        playing = phase["playing"] or {}
        table.add_row(
            phase["name"] + (" (cut short)" if phase.get("interrupted") else ""),
            f"{phase['rate']:.2f}" if phase.get("rate") else "",
            str(phase["offered"]),
            str(phase["ok"]),
            _counts(phase["refused"]),
            _counts(phase["failed"]),
            _spread(phase["first_audio"], "p50", "p90", "p95", "p99"),
            _spread(phase["queue"], "p50", "p95"),
            _spread(phase["rtf"], "p50", "p95"),
            f"{100 * playing['continuous']:.0f} %" if playing else "",
            _spread(playing.get("deficit"), "max"),
            _number(phase.get("audio_seconds_per_second")),
        )
    return table


def server_table(phases: Sequence[dict[str, Any]]) -> Table:
    """How the server itself was meanwhile."""
    table = plain_table("load", "/healthz ms p50/p99/max", "probes failed", "refusal ms p50/p99",
                        "client late ms p99", "client CPU", "server MiB", "worker MiB")  # fmt: skip
    for phase in phases:
        health, memory = phase["healthz"] or {}, phase["memory_mib"]
        table.add_row(
            phase["name"],
            _ms(health, "p50", "p99", "max"),
            str(health.get("failed", "")),
            _ms(phase["refusal"], "p50", "p99"),
            _ms(phase["client_lag"], "p99"),
            f"{100 * phase['client_cpu']:.1f} %" if phase["client_cpu"] is not None else "",
            str(memory.get("server", "")),
            str(memory.get("worker", "")),
        )
    return table


def retry_table(phases: Sequence[dict[str, Any]]) -> Table:
    """How true Retry-After was."""
    table = plain_table("load", "came back", "taken", "at first return", "gave up", "told s p50/max",
                        "actual/told p50/p90/max", "tries p50/max", "then first audio s p50/max")  # fmt: skip
    for phase in phases:
        retry = phase["retry_after"]
        if retry is not None:
            table.add_row(
                phase["name"],
                *(str(retry[key]) for key in ("came_back", "taken", "taken_at_first_return", "gave_up")),
                _spread(retry["told"], "p50", "max"),
                _spread(retry["ratio"], "p50", "p90", "max"),
                _spread(retry["tries"], "p50", "max"),
                _spread(retry["then_first_audio"], "p50", "max"),
            )
    return table


def flood_line(alone: dict[str, Any], flooded: dict[str, Any]) -> str:
    """The polite client's waits in one sentence."""
    before, after = alone["first_audio"], flooded["first_audio"]
    if before is None or after is None:
        return "the polite client was not answered, so there is nothing to compare"
    return (
        f"the polite client's first audio: {before['p50']:.2f} s alone, {after['p50']:.2f} s beside the flood "
        f"(median, {after['p50'] / before['p50']:.1f} times; worst {before['max']:.2f} s and {after['max']:.2f} s); "
        f"refused {sum(flooded['refused'].values())} of {flooded['offered']}"
    )


def _versions(engine: dict[str, Any]) -> dict[str, str]:
    found = engine.get("versions", {})
    return {str(name): str(version) for name, version in found.items()} if isinstance(found, dict) else {}


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "0"


def _spread(figures: dict[str, Any] | None, *keys: str) -> str:
    return " / ".join(_number(figures[key]) for key in keys) if figures else ""


def _ms(figures: dict[str, Any] | None, *keys: str) -> str:
    return " / ".join(f"{1000 * figures[key]:.1f}" for key in keys) if figures and keys[0] in figures else ""


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
