"""What the scripts on performance share: the command line, a server of our own, runs with progress, a table."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from tqdm import tqdm

from ishowtts.bench.machine import machine, versions
from ishowtts.bench.performance import Measured, as_json, measure, spreads
from ishowtts.bench.server_process import OwnServer
from ishowtts.bench.tables import plain_table
from ishowtts.errors import SpeechError

TITLES = {
    "rtf": "RTF",
    "first_audio": "first sound, s",
    "relative_rtf": "RTF / yardstick",
    "relative_first_audio": "first sound / yardstick",
    "yardstick": "yardstick, s",
}


def add_options(parser: argparse.ArgumentParser, runs: int, warm_up: int) -> None:
    """Those that every one of these scripts takes."""
    parser.add_argument("--runs", type=int, default=runs, metavar="N", help="of 4 lines each (default: %(default)s)")
    parser.add_argument("--warm-up", type=int, default=warm_up, metavar="N", help="runs before (default: %(default)s)")
    parser.add_argument("--nfe", type=int, default=7, metavar="N", help="steps of the solver (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the texts (default: %(default)s)")
    parser.add_argument("--config", type=Path, help="settings of the server (default: as usual)")
    parser.add_argument("--wait", type=float, default=300.0, metavar="S", help="for it to be ready (default: 300)")


def check_options(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    for option, least in (("runs", 1), ("warm_up", 0), ("nfe", 1), ("seed", 0)):
        if getattr(args, option) < least:
            parser.error(f"--{option.replace('_', '-')} must be at least {least}")
    for option in ("json", "baseline"):
        path = getattr(args, option, None)
        if path is not None and not path.absolute().parent.is_dir():
            parser.error(f"--{option}: there is no folder {path.absolute().parent}")
    if args.config is not None and not args.config.is_file():
        parser.error(f"--config: there is no file {args.config}")


def measured_by(args: argparse.Namespace) -> tuple[dict[str, Any], Measured]:
    """What it was measured on, and the runs. Raises `SpeechError` where no server can be had."""
    about: dict[str, Any] = {
        "machine": machine(0),
        "versions": versions(("ishowtts", "torch", "numpy")),
        "settings": {"nfe_step": args.nfe, "warm_up": args.warm_up, "seed": args.seed},
    }
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    server = OwnServer.start(1, args.config)
    try:
        with tqdm(bar_format="{desc} ({elapsed})", file=sys.stderr) as bar:
            server.wait(args.wait, lambda stage: bar.set_description_str(stage))
        total = args.warm_up + args.runs
        with tqdm(total=total, file=sys.stderr, unit="run", mininterval=1 if sys.stderr.isatty() else 15) as bar:

            def tick(done: str) -> None:
                bar.set_description_str(done, refresh=False)
                bar.update()

            measured = asyncio.run(
                measure(
                    server.url,
                    {"Authorization": f"Bearer {server.keys[0]}"},
                    server.process.pid,
                    runs=args.runs,
                    warm_up=args.warm_up,
                    nfe=args.nfe,
                    seed=args.seed,
                    tick=tick,
                )
            )
    finally:
        server.stop()
    about["load_after"] = round(os.getloadavg()[0], 2)
    return about, measured


def heading(about: dict[str, Any]) -> str:
    """One line."""
    found, of = about["machine"], about["versions"]
    cores = f"{found['cores']} core{'' if found['cores'] == 1 else 's'}"
    return f"{found['cpu']}, {cores}, load {found['load']}; {found['system']}; " + ", ".join(
        f"{name} {version}" for name, version in of.items()
    )


def spread_table(measured: Measured) -> Table:
    table = plain_table("", "mean", "median", "p95", "best", "worst", "CV")
    for name, spread in spreads(measured).items():
        figures = (spread.mean, spread.median, spread.p95, spread.best, spread.worst)
        table.add_row(TITLES[name], *(f"{figure:.3f}" for figure in figures), f"{100 * spread.cv:.1f} %")
    return table


def footnotes(measured: Measured) -> list[str]:
    memory = ", ".join(f"{name} {mib:.0f} MiB" for name, mib in measured.memory_mib.items())
    errors = ", ".join(f"{count} × {name}" for name, count in measured.errors.items())
    return [f"memory: {memory or 'not known here'}", f"errors: {errors or 'none'}"]


FIGURES_EXPLAINED = """
what the figures mean:
  RTF          seconds until the last sound of a line, at the client, over its seconds of sound; one line at a time
  first sound  seconds from the request to the first sound
  yardstick    seconds that a fixed piece of arithmetic took beside each line: where it varies, the machine did.
               Divided by it, figures of a busy hour can be compared with those of a quiet one
  CV           standard deviation over mean

exit code: 0 done, 1 lines failed, 2 it could not be measured, 130 interrupted
"""


def command(description: str, examples: str, runs: int, warm_up: int, argv: list[str] | None = None) -> int:
    """Measure and show, as `runs` and `warm_up` or the options say; the exit code."""
    parser = argparse.ArgumentParser(
        description=description,
        epilog=examples + FIGURES_EXPLAINED,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_options(parser, runs, warm_up)
    parser.add_argument("--json", type=Path, metavar="OUT", help="write everything, down to each run")
    args = parser.parse_args(argv)
    check_options(parser, args)
    try:
        about, measured = measured_by(args)
    except SpeechError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 2
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)  # noqa: T201
        return 130
    console = Console() if sys.stdout.isatty() else Console(width=160)
    console.print(heading(about), highlight=False, markup=False)
    console.print(spread_table(measured))
    for line in footnotes(measured):
        console.print(line, highlight=False)
    if args.json:
        args.json.write_text(json.dumps(as_json(about, measured), indent=1) + "\n", encoding="utf-8")
    return 1 if measured.errors else 0
