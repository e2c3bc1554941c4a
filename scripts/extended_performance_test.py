#!/usr/bin/env python3
"""How fast is it, and how steady? Chat lines through a server of its own, many runs after a warm-up."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from rich.console import Console

from ishowtts.errors import SpeechError

EPILOG = """\
examples:
  %(prog)s                            20 runs of 4 lines after 3 to warm up, f5-mini
  %(prog)s --nfe 5 --json nfe5.json   with fewer steps, and everything written down
  %(prog)s --config my.toml           your model, device and settings

what the figures mean:
  RTF          seconds until the last sound of a line, at the client, over its seconds of sound; one line at a time
  first sound  seconds from the request to the first sound
  yardstick    seconds that a fixed piece of arithmetic took beside each line: where it varies, the machine did.
               Divided by it, figures of a busy hour can be compared with those of a quiet one
  CV           standard deviation over mean

exit code: 0 done, 1 lines failed, 2 it could not be measured, 130 interrupted
"""


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    from ishowtts.bench.performance_run import add_options, check_options

    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_options(parser, runs=20, warm_up=3)
    parser.add_argument("--json", type=Path, metavar="OUT", help="write everything, down to each run")
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

    about, measured = measured_by(args)
    console = Console() if sys.stdout.isatty() else Console(width=160)
    console.print(heading(about), highlight=False, markup=False)
    console.print(spread_table(measured))
    for line in footnotes(measured):
        console.print(line, highlight=False)
    if args.json:
        args.json.write_text(json.dumps(as_json(about, measured), indent=1) + "\n", encoding="utf-8")
    return 1 if measured.errors else 0


if __name__ == "__main__":
    sys.exit(main())
