"""The figures of a long run as tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.table import Table

from ishowtts.bench.soak import Finding
from ishowtts.bench.tables import plain_table


def quarters_table(quarters: Sequence[dict[str, Any]]) -> Table:
    table = plain_table("", "minutes", "offered", "ok", "refused at first", "failed", "first audio s p50/p95/max",
                        "worker MiB median (least–most)", "server MiB median (least–most)")  # fmt: skip
    for each in quarters:
        first = each["first_audio"]
        table.add_row(
            each["name"],
            f"{each['begin'] / 60:.1f}–{each['end'] / 60:.1f}",
            str(each["offered"]),
            str(each["ok"]),
            str(each["refused_first"]),
            ", ".join(f"{count} {name}" for name, count in each["failed"].items()) or "0",
            " / ".join(f"{first[key]:.2f}" for key in ("p50", "p95", "max")) if first else "",
            *(_memory(each["memory_mib"].get(process)) for process in ("worker", "server")),
        )
    return table


def findings_table(findings: Sequence[Finding]) -> Table:
    table = plain_table("", "measured", "at most", "")
    for finding in findings:
        table.add_row(
            finding.what,
            _value(finding, finding.value),
            _value(finding, finding.limit),
            "passed" if finding.passed else "not measured" if finding.value is None else "FAILED",
        )
    return table


def _value(finding: Finding, value: float | None) -> str:
    if value is None:
        return ""
    return f"{100 * value:.1f} %" if finding.percent else f"{value:g}"


def _memory(figures: dict[str, float] | None) -> str:
    return f"{figures['median']:.0f} ({figures['least']:.0f}–{figures['most']:.0f})" if figures else ""
