"""A server's figures on a terminal: now, and over the last minutes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ishowtts.bench.monitor import READY, Sample

BARS = "▁▂▃▄▅▆▇█"
HISTORY = 40
"""Samples in a sparkline."""


class Row(NamedTuple):
    what: str
    name: str
    form: str
    alert: str | None = None
    """The limit that goes with it, where it has another name."""


GROUPS: Mapping[str, Sequence[Row]] = {
    "speech": (
        Row("RTF, mean", "rtf", "{:.2f}"),
        Row("RTF, p95", "rtf_p95", "{:.2f}"),
        Row("first audio, p50", "first_audio_p50", "{:.2f} s"),
        Row("first audio, p95", "first_audio_p95", "{:.2f} s"),
        Row("streams with a gap", "gap_share", "{:.0%}"),
        Row("speech sent", "audio_rate", "{:.2f} s/s"),
        Row("from the cache", "cache_share", "{:.0%}"),
    ),
    "queue": (
        Row("requests", "request_rate", "{:.2f} /s"),
        Row("refused or given up", "dropped_share", "{:.0%}"),
        Row("speech that waits", "queue_audio_seconds", "{:.1f} s"),
        Row("segments that wait", "queue_depth", "{:.0f}"),
        Row("segments being spoken", "jobs_running", "{:.0f}"),
        Row("segments a step", "batch_size", "{:.1f}"),
        Row("a step", "step_ms", "{:.0f} ms"),
    ),
    "machine": (
        Row("worker, memory", "worker_mib", "{:.0f} MiB", "worker_growth"),
        Row("server, memory", "server_mib", "{:.0f} MiB"),
        Row("worker, cores", "worker_cores", "{:.2f}"),
        Row("server, cores", "server_cores", "{:.2f}"),
        Row("event loop late, p99", "loop_lag_ms", "{:.0f} ms"),
        Row("/healthz", "healthz_ms", "{:.0f} ms"),
        Row("workers lost", "worker_restarts", "{:.0f}", "worker_lost"),
    ),
    "GPU": (
        Row("busy", "gpu_share", "{:.0%}"),
        Row("clock", "gpu_clock_mhz", "{:.0f} MHz", "clock_drop"),
        Row("temperature", "gpu_temperature", "{:.0f} °C"),
        Row("power", "gpu_watts", "{:.0f} W"),
        Row("memory", "gpu_mib", "{:.0f} MiB", "gpu_memory_share"),
    ),
}


def view(url: str, engine: str, samples: Sequence[Sample], alerts: Collection[str], fired: Mapping[str, int]) -> Group:
    """The whole screen; `alerts` are those of the last sample, `fired` of all of them."""
    now = samples[-1]
    head = Text.assemble(
        (f" {now.status} ", "black on green" if now.status == READY else "white on red"),
        f"  {url}  {engine}  ",
        (now.time[11:19], "dim"),
    )
    panels = [Panel(group_table(rows, samples, alerts), title=name, title_align="left") for name, rows in known(now)]
    grid = Table.grid(expand=True)
    for _ in range(2):
        grid.add_column(ratio=1)
    for left in range(0, len(panels), 2):
        grid.add_row(*panels[left : left + 2])
    return Group(head, grid, alert_line(alerts, fired))


def known(now: Sample) -> list[tuple[str, Sequence[Row]]]:
    """Without a GPU that nobody sees."""
    return [
        (group, rows)
        for group, rows in GROUPS.items()
        if group != "GPU" or any(getattr(now, row.name) is not None for row in rows)
    ]


def group_table(rows: Sequence[Row], samples: Sequence[Sample], alerts: Collection[str]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False, expand=True)
    table.add_column(ratio=3, no_wrap=True)
    table.add_column(justify="right", no_wrap=True, min_width=10)
    table.add_column(no_wrap=True, width=HISTORY // 2, style="cyan")
    for row in rows:
        values = [getattr(sample, row.name) for sample in samples]
        style = "bold red" if (row.alert or row.name) in alerts else ""
        table.add_row(row.what, Text(shown(row, values[-1]), style), sparkline(values[-HISTORY // 2 :]))
    return table


def shown(row: Row, value: float | None) -> str:
    return "–" if value is None else row.form.format(value)


def sparkline(values: Sequence[float | None]) -> str:
    """From 0, or the least where all are near each other, to the most; a blank where there is no value."""
    known = [value for value in values if value is not None]
    if not known:
        return ""
    low, high = min(known), max(known)
    low = low if low > 0.5 * high else 0.0
    step = (high - low) / (len(BARS) - 1) or 1.0
    return "".join(" " if value is None else BARS[round((value - low) / step)] for value in values)


def alert_line(alerts: Collection[str], fired: Mapping[str, int]) -> Text:
    if not fired:
        return Text(" no alert so far", "dim")
    text = Text(" alerts: ")
    for name, count in fired.items():
        text.append(f"{name} ×{count}  ", "bold red" if name in alerts else "yellow")
    return text


def line(sample: Sample, alerts: Collection[str]) -> str:
    """One sample where there is no terminal."""
    parts = [sample.time[11:19], sample.status]
    for label, name, form in (
        ("RTF", "rtf", "{:.2f}"),
        ("first audio p95", "first_audio_p95", "{:.2f} s"),
        ("waits", "queue_audio_seconds", "{:.1f} s"),
        ("worker", "worker_mib", "{:.0f} MiB"),
        ("server", "server_mib", "{:.0f} MiB"),
        ("GPU", "gpu_share", "{:.0%}"),
        ("", "gpu_temperature", "{:.0f} °C"),
    ):
        value = getattr(sample, name)
        if value is not None:
            parts.append(f"{label} {form.format(value)}".strip())
    return ", ".join(parts) + (f"  ALERT: {' '.join(alerts)}" if alerts else "")
