#!/usr/bin/env python3
"""How well and how fast text is read aloud: the tables of tests/text/readings, line by line.

scripts/measure_text.py              right and wrong by table, and milliseconds a line on one core
scripts/measure_text.py --failures   and what was read otherwise than wanted
scripts/measure_text.py --others     beside wetext and normt2s, where they are installed
"""

from __future__ import annotations

import argparse
import importlib
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "src")]

from tests.text.readings import HINTS, TABLES, Case, cases, right  # noqa: E402

from ishowtts.bench.machine import machine  # noqa: E402
from ishowtts.text.normalize import normalize  # noqa: E402

ROUNDS = 5
Reader = Callable[[Case], str]


def ours(case: Case) -> str:
    return normalize(case.written, language=HINTS[case.table]).text


def others() -> dict[str, Reader]:
    """Those that are installed."""
    found: dict[str, Reader] = {}
    try:
        wetext = importlib.import_module("wetext")
        by_table = {table: wetext.Normalizer(lang=HINTS[table] or "auto", operator="tn") for table in TABLES}
        found["wetext"] = lambda case: str(by_table[case.table].normalize(case.written))
    except ImportError:
        print("wetext is not installed")
    try:
        normt2s = importlib.import_module("normt2s")
        found["normt2s"] = lambda case: str(normt2s.normalize(case.written))
    except ImportError:
        print("normt2s is not installed")
    return found


def guarded(reader: Reader) -> Reader:
    """Some raise on what they cannot read: that is wrong, and no reason to stop."""

    def read(case: Case) -> str:
        try:
            return reader(case)
        except Exception:
            return "(an exception)"

    return read


def measure(name: str, reader: Reader, failures: bool) -> None:
    everything = [case for table in TABLES for case in cases(table)]
    for case in everything:
        reader(case)
    times = []
    for _ in range(ROUNDS):
        for case in everything:
            begun = time.perf_counter()
            reader(case)
            times.append(1000 * (time.perf_counter() - begun))
    times.sort()
    for table in TABLES:
        made = [(case, reader(case)) for case in cases(table)]
        wrong = [(case, text) for case, text in made if not right(case, text)]
        share = 1 - len(wrong) / len(made)
        print(f"{name}  {table:9} {len(made) - len(wrong):4} of {len(made):4} right  {share:6.1%}")
        for case, text in wrong if failures else []:
            print(f"    {case.written!r}: {text!r}, wanted {case.readings[0]!r}")
    p99 = times[int(0.99 * len(times))]
    print(f"{name}  {statistics.median(times):.3f} ms a line (median; 99th percentile {p99:.2f} ms)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--failures", action="store_true", help="list the lines that are read otherwise than wanted")
    parser.add_argument("--others", action="store_true", help="measure wetext and normt2s as well")
    wishes = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    about = machine(1)
    print(f"one core of {about['cpu']}, {about['system']}, load {about['load']}")
    measure("ishowtts", ours, wishes.failures)
    for name, reader in (others() if wishes.others else {}).items():
        measure(name, guarded(reader), False)


if __name__ == "__main__":
    main()
