"""What every command needs: the two consoles, the options they share, settings and voices."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from ishowtts.settings import Loaded, Settings
    from ishowtts.voices.library import VoiceLibrary

_WIDE = 240
out = Console()
err = Console(stderr=True)

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        help="TOML file. Default: $ISHOWTTS_CONFIG, else config/ishowtts.toml where it exists.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def examples(*lines: str) -> str:
    """An epilog that Typer prints below the options, one line each."""
    return "Examples:\n\n" + "\n\n".join(f"  {line}" for line in lines)


def load(config: Path | None, flags: dict[str, Any] | None = None) -> Loaded:
    """Effective settings. Raises `ConfigError`."""
    from ishowtts.settings import load_settings

    return load_settings(config, flags)


def library(settings: Settings) -> VoiceLibrary:
    """The voices on offer. Raises `ConfigError`."""
    from ishowtts.engine.catalog import F5_MINI
    from ishowtts.voices.library import VoiceLibrary

    return VoiceLibrary(F5_MINI / "voices", settings.voices, settings.voices_dir, settings.synthesis.default_voice)


def note(message: str, style: str = "") -> None:
    """One line for a person, on stderr."""
    err.print(message, style=style, markup=False, highlight=False, soft_wrap=True)


def new_table(*heads: str) -> Table:
    """Ids and paths are folded where a terminal is narrow, never cut: they are there to be copied."""
    table = Table(box=None, pad_edge=False)
    for head in heads:
        table.add_column(head, overflow="fold")
    return table


def show(table: Table) -> None:
    """On stdout; a pipe or a file gets wide lines."""
    (out if out.is_terminal else Console(width=_WIDE)).print(table)


def print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


State = Literal["ok", "warn", "fail"]
STYLES: dict[State, str] = {"ok": "green", "warn": "yellow", "fail": "bold red"}
