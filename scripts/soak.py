#!/usr/bin/env python3
"""A long run at a steady load: does the server's memory stay, does the wait stay, does anything fail?"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import signal
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

EPILOG = """\
examples:
  %(prog)s --minutes 60 --load 0.8 --json soak.json  start a server with f5-mini, find its capacity, load it for an hour
  %(prog)s --minutes 20 --rate 0.3                    at 0.3 requests a second, whatever the capacity
  %(prog)s --url http://127.0.0.1:27121 --pid 4711    a server that runs already: --pid is its process, on this machine

what happens:
  First the capacity is measured, with --at-once requests under way all the time. Then requests come at random, --load
  times as often, by turns from --clients clients: one to three sentences, English or Chinese, no text twice. After
  --warm-up minutes come four quarters of equal length. Requests come at the same times in each, with texts of the same
  kinds, so that quarters can be compared. Whoever is refused comes back when told.

what fails it:
  memory       the median of the last quarter is over that of the first by more than --growth %%, of worker or server
  first audio  its 95th percentile in the last quarter is over the median of those of the other three by more than
               --slower %%: from when a request was due to its first sound, or for one that came back, from then
  any request that failed, gave up coming back or was not answered --timeout after the end; a worker that was replaced

On a machine that does other things too, first audio tells of those.

exit code: 0 passed, 1 failed, 2 it could not be measured, 130 interrupted (what was measured is printed and written)
"""


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    where = parser.add_argument_group("which server")
    where.add_argument("--url", help="one that runs (default: start one on a free port, and stop it)")
    where.add_argument("--pid", type=int, help="of --url's server process, to weigh it (Linux)")
    where.add_argument("--key", action="append", default=[], help="of --url; several are clients by turns")
    where.add_argument("--config", type=Path, help="settings of the server that is started (default: as usual)")
    where.add_argument("--wait", type=float, default=300.0, metavar="S", help="for it to be ready (default: 300)")

    what = parser.add_argument_group("what is measured")
    what.add_argument("--minutes", type=float, default=60.0, help="in all, after the capacity (default: 60)")
    what.add_argument("--warm-up", type=float, metavar="M", help="minutes of them (default: a quarter, at most 10)")
    what.add_argument("--load", type=float, default=0.8, metavar="X", help="times the capacity (default: 0.8)")
    what.add_argument("--rate", type=float, metavar="R", help="requests a second, in place of --load")
    what.add_argument("--calibrate", type=float, default=120.0, metavar="S", help="for the capacity (default: 120)")
    what.add_argument("--at-once", type=int, default=4, metavar="N", help="requests meanwhile (default: 4)")
    what.add_argument("--clients", type=int, default=6, metavar="N", help="that ask by turns (default: 6)")
    what.add_argument("--timeout", type=float, default=120.0, metavar="S", help="for one answer (default: 120)")
    what.add_argument("--seed", type=int, help="of texts and arrivals (default: any)")

    limits = parser.add_argument_group("what passes")
    limits.add_argument("--growth", type=float, default=2.0, metavar="PERCENT", help="of memory (default: 2)")
    limits.add_argument("--slower", type=float, default=30.0, metavar="PERCENT", help="first audio (default: 30)")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write everything")
    args = parser.parse_args(argv)
    if args.warm_up is None:
        args.warm_up = min(10.0, args.minutes / 4)
    _check(parser, args)
    return args


def _check(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    for option in ("minutes", "load", "rate", "calibrate", "timeout", "wait", "growth", "slower"):
        value = getattr(args, option)
        if value is not None and not 0 < value < float("inf"):
            parser.error(f"--{option} must be above 0")
    if not 0 <= args.warm_up < args.minutes:
        parser.error("--warm-up must be 0 or more, and less than --minutes")
    for option in ("clients", "at_once"):
        if not 1 <= getattr(args, option) <= 1000:
            parser.error(f"--{option.replace('_', '-')} must be 1 to 1000")
    if args.url and (urlsplit(args.url).scheme not in ("http", "https") or not urlsplit(args.url).hostname):
        parser.error("--url must be like http://127.0.0.1:27121")
    if args.url and not args.pid:
        parser.error("--url needs --pid, the server's process: without it no memory can be measured")
    if not args.url and (args.key or args.pid):
        parser.error("--key and --pid go with --url")
    if args.url and args.config:
        parser.error("--config is for a server that is started here, not for --url")
    if args.json is not None and not args.json.absolute().parent.is_dir():
        parser.error(f"--json: there is no folder {args.json.absolute().parent}")


def main(argv: list[str] | None = None) -> int:
    args = parse(argv)
    from ishowtts.errors import SpeechError

    for number in (signal.SIGINT, signal.SIGTERM):  # also in the background, where a shell has SIGINT ignored
        signal.signal(number, signal.default_int_handler)
    try:
        return run(args)
    except SpeechError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nstopped before anything was measured", file=sys.stderr)
        return 130


def run(args: argparse.Namespace) -> int:
    from ishowtts.bench.server_process import OwnServer, wait_ready

    args.seed = secrets.randbelow(10**6) if args.seed is None else args.seed
    if args.url:
        args.url = args.url.rstrip("/")
        wait_ready(args.url, args.wait, tell)
        return measure(args, args.url, args.pid, args.key)
    server = OwnServer.start(args.clients, args.config)
    try:
        server.wait(args.wait, tell)
        return measure(args, server.url, server.process.pid, server.keys)
    finally:
        server.stop()


def measure(args: argparse.Namespace, url: str, pid: int, keys: list[str]) -> int:
    """The run, its tables, its file; all there is by then when it is interrupted."""
    from ishowtts.bench.server_process import memory_mib
    from ishowtts.bench.server_report import heading
    from ishowtts.bench.server_session import about, write
    from ishowtts.errors import SpeechError

    if "worker" not in memory_mib(pid):
        raise SpeechError(f"process {pid} has no worker that can be weighed: is it the server's, and is this Linux?")
    plan = {name: value for name, value in vars(args).items() if name not in ("key", "url", "json", "config")}
    found: dict[str, Any] = {"about": about(url, keys, not args.url, args.clients, plan)}
    for line in heading(found["about"]):
        print(line, flush=True)
    interrupted = False
    try:
        asyncio.run(soak(args, url, pid, keys, found))
    except KeyboardInterrupt:
        interrupted = True
        print("\ninterrupted: what was measured so far, which decides nothing", file=sys.stderr)
    found["passed"] = show(found, interrupted)
    if args.json:
        write(args.json, found)
    return 130 if interrupted else 0 if found["passed"] else 1


async def soak(args: argparse.Namespace, url: str, pid: int, keys: list[str], found: dict[str, Any]) -> None:
    from ishowtts.bench.machine import machine
    from ishowtts.bench.server_load import Bench
    from ishowtts.bench.server_process import worker_pid
    from ishowtts.bench.server_session import clients_of
    from ishowtts.bench.server_stats import of_capacity
    from ishowtts.bench.soak import Limits, by_quarter, judge, over_time
    from ishowtts.bench.soak_plan import Plan, lines_alike

    clients = clients_of(args.clients, keys, found["about"]["told_apart_by"])
    bench = Bench(url, clients, pid=pid, patience=args.timeout, retry=True, seed=args.seed, tell=tell)
    worker = worker_pid(pid)
    try:
        rate = args.rate
        if rate is None:
            bench.lines = lines_alike(args.seed, 5)
            capacity = await bench.capacity(args.calibrate, args.at_once)
            found["capacity"] = of_capacity(capacity)
            rate = args.load * capacity.rate
        plan = Plan(60 * args.minutes, 60 * args.warm_up, rate, args.seed)
        found["rate"] = rate
        bench.lines = plan.lines()
        try:
            await bench.timed("soak", plan.arrivals(), plan.seconds)
        finally:
            phase = bench.phases[-1]
            quarters = by_quarter(phase, plan)
            limits = Limits(args.growth / 100, args.slower / 100)
            found["quarters"] = quarters
            found["findings"] = judge(quarters, worker_pid(pid) != worker, limits)
            found["memory_mib"] = over_time(phase)
            found["load_after"] = machine(0)["load"]
    finally:
        await bench.close()


def show(found: dict[str, Any], interrupted: bool) -> bool:
    """Print it; whether it passed."""
    from rich.console import Console

    from ishowtts.bench.server_report import capacity_line
    from ishowtts.bench.soak_report import findings_table, quarters_table

    console = Console() if sys.stdout.isatty() else Console(width=200)
    if "capacity" in found:
        console.print(capacity_line(found["capacity"]), highlight=False)
    if "quarters" not in found:
        return False
    console.print(f"load: {found['rate']:.3f} requests a second\n", highlight=False)
    console.print(quarters_table(found["quarters"]))
    findings = found["findings"]
    found["findings"] = [{**vars(finding), "passed": finding.passed} for finding in findings]
    if interrupted:
        return False
    console.print()
    console.print(findings_table(findings))
    passed = all(finding.passed for finding in findings)
    console.print("\npassed" if passed else "\nFAILED")
    return passed


def tell(line: str) -> None:
    print(f"  {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
