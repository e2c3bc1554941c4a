"""How every table of a benchmark looks."""

from __future__ import annotations

from rich.table import Table


def plain_table(*heads: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for head in heads:
        table.add_column(head, overflow="fold")
    return table
