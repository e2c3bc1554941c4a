#!/usr/bin/env python3
"""Is it slower, larger or less reliable than it was? Against a stored baseline of the same machine."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from ishowtts.errors import ConfigError, SpeechError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ishowtts.bench.performance import Measured
    from ishowtts.bench.regression import Finding

BASELINE = Path(".agent/benchmarks/baseline.json")
EPILOG = f"""\
examples:
  %(prog)s --save                      measure, and store it as {BASELINE}
  %(prog)s                             measure again, and compare
  %(prog)s --nfe 9 --runs 6            a slow-down of a quarter, planted: it must be found
  %(prog)s --baseline orin.json --config jetson.toml

How it decides: every line is said beside a fixed piece of arithmetic, and times are counted in that, so that a machine
that is busy or throttled slows both. A figure is worse when the ratio of medians is over its limit (RTF 1.10, first
sound 1.15), and resampling the runs leaves less than one chance in a hundred that it is not worse at all. Memory may
grow by 15 %%; a share of errors that grows at all is too much.

exit code: 0 no worse, 1 worse, 2 it could not be measured or compared, 130 interrupted
"""


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    from ishowtts.bench.performance_run import add_options, check_options

    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--baseline", type=Path, default=BASELINE, metavar="FILE", help="default: %(default)s")
    parser.add_argument("--save", action="store_true", help="store what is measured as the baseline")
    parser.add_argument("--any-machine", action="store_true", help="compare with a baseline of other hardware")
    add_options(parser, runs=12, warm_up=2)
    parser.add_argument("--json", type=Path, metavar="OUT", help="write what was measured and found")
    args = parser.parse_args(argv)
    check_options(parser, args)
    return args


def main(argv: list[str] | None = None) -> int:
    args = parse(argv)
    try:
        return run(args)
    except SpeechError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130


def run(args: argparse.Namespace) -> int:
    from ishowtts.bench.performance import as_json
    from ishowtts.bench.performance_run import footnotes, heading, measured_by, spread_table

    before = None if args.save else read(args.baseline)
    about, measured = measured_by(args)
    console = Console() if sys.stdout.isatty() else Console(width=160)
    console.print(heading(about), highlight=False, markup=False)
    console.print(spread_table(measured))
    for line in footnotes(measured):
        console.print(line, highlight=False)
    found = as_json(about, measured)
    if before is None:
        write(args.baseline, found)
        console.print(f"stored as {args.baseline}", highlight=False)
        return 0
    findings = judged(before, about, measured, args.any_machine)
    table(console, findings)
    if args.json:
        write(args.json, found | {"findings": [vars(finding) | {"alarm": finding.alarm} for finding in findings]})
    return 1 if any(finding.alarm for finding in findings) else 0


def judged(before: dict[str, Any], about: dict[str, Any], measured: Measured, any_machine: bool) -> list[Finding]:
    from ishowtts.bench.regression import compare, same_machine

    if not (any_machine or same_machine(before, about)):
        raise ConfigError("the baseline is of another machine: store one of this with --save, or say --any-machine")
    return compare(before, measured)


def table(console: Console, findings: Sequence[Finding]) -> None:
    from ishowtts.bench.tables import plain_table

    shown = plain_table("", "before", "now", "ratio", "at least", "limit", "")
    for each in findings:
        verdict = "[bold red]WORSE[/]" if each.alarm else "ok"
        figures = (each.before, each.now, each.ratio, each.low, each.limit)
        shown.add_row(each.figure, *(f"{figure:.3f}" for figure in figures), verdict)
    console.print()
    console.print(shown)


def read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"no baseline at {path} ({error.strerror}): make one with --save") from error
    except ValueError as error:
        raise ConfigError(f"{path} is no JSON: make it again with --save") from error
    if not isinstance(found, dict):
        raise ConfigError(f"{path} is no baseline: make it again with --save")
    return found


def write(path: Path, found: dict[str, Any]) -> None:
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
