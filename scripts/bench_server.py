"""Measure a running server under an open load: strangers come at random, whether or not the last one was answered."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from ishowtts.bench.server_load import Bench
    from ishowtts.bench.server_process import OwnServer

EPILOG = """\
examples:
  %(prog)s                                       start a server with f5-mini, find its capacity, load it: 0.5, 1, 3×
  %(prog)s --retry --rates 1.5 3 --json out.json whoever is refused comes back as told: how true was Retry-After?
  %(prog)s --flood --seconds 60                  a client that floods, and what a polite one beside it has to wait
  %(prog)s --url http://127.0.0.1:27121 --capacity 2.4 --rates 1
                                                 a server that runs already, at 2.4 requests a second
  %(prog)s --url https://tts.example.org --key $KEY1 --key $KEY2 --clients 2 --flood

what the figures mean:
  capacity     with --at-once requests under way all the time: seconds of sound in a second, after a quarter to warm up
  first audio  from when a request was due to its first sound, at the client
  queue        what the server says it waited before work began (Server-Timing)
  RTF          from the end of the queue to the last sound, over the seconds of sound, at the client
  no gap       share of answers that a player which starts with the first sound plays without a gap over 20 ms;
               the worst gap is the silence in the middle of one answer, all of it together
  /healthz     probed ten times a second from a task of its own, all along
  client late  how late this process itself woke up: where it is much, the other times are too long by as much
  client CPU   what this process took of one core
  actual/told  seconds until a refused request was taken, over what its first Retry-After had said; where the first
               audio then comes at once, it was told too long

All clients and the probe are one process on one thread, which takes its share of the machine from a server beside it.
Texts are chat lines, half of them Chinese, each with a seed of its own, so that no recording answers.

exit code: 0 done, 2 it could not be measured, 130 interrupted (what was measured until then is printed and written)
"""


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    where = parser.add_argument_group("which server")
    where.add_argument("--url", help="one that runs (default: start one on a free port, and stop it)")
    where.add_argument("--key", action="append", default=[], help="of --url; several are clients by turns")
    where.add_argument("--pid", type=int, help="of --url, to measure its memory (Linux)")
    where.add_argument("--config", type=Path, help="settings of the server that is started (default: as usual)")
    where.add_argument("--wait", type=float, default=300.0, metavar="S", help="for it to be ready (default: 300)")

    what = parser.add_argument_group("what is measured")
    what.add_argument("--rates", type=float, nargs="+", default=[0.5, 1.0, 3.0], metavar="X",
                      help="times the capacity (default: 0.5 1 3)")  # fmt: skip
    what.add_argument("--seconds", type=float, default=60.0, help="of arrivals at each rate (default: 60)")
    what.add_argument("--clients", type=int, default=8, metavar="N", help="that ask by turns (default: 8)")
    what.add_argument("--retry", action="store_true", help="come back when Retry-After says, until taken")
    what.add_argument("--capacity", type=float, metavar="R", help="in requests a second (default: measured first)")
    what.add_argument("--calibrate", type=float, default=30.0, metavar="S", help="seconds for that (default: 30)")
    what.add_argument("--at-once", type=int, default=8, metavar="N", help="requests meanwhile (default: 8)")
    what.add_argument("--flood", action="store_true", help="a polite client alone, then beside one that floods")
    what.add_argument("--every", type=float, default=5.0, metavar="S", help="the polite one asks (default: 5)")
    what.add_argument("--flood-rate", type=float, default=3.0, metavar="X", help="times the capacity (default: 3)")
    what.add_argument("--timeout", type=float, default=120.0, metavar="S", help="for one answer (default: 120)")
    what.add_argument("--seed", type=int, help="of texts and arrivals (default: any)")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write everything")
    args = parser.parse_args(argv)
    _check(parser, args)
    return args


def _check(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    for option in ("seconds", "calibrate", "every", "flood_rate", "timeout", "wait", "capacity"):
        if getattr(args, option) is not None and not getattr(args, option) > 0:
            parser.error(f"--{option.replace('_', '-')} must be above 0")
    if any(not rate > 0 for rate in args.rates):
        parser.error("--rates takes numbers above 0")
    for option in ("clients", "at_once"):
        if not 1 <= getattr(args, option) <= 1000:
            parser.error(f"--{option.replace('_', '-')} must be 1 to 1000")
    if args.url and (urlsplit(args.url).scheme not in ("http", "https") or not urlsplit(args.url).hostname):
        parser.error("--url must be like http://127.0.0.1:27121")
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
    args.clients = max(args.clients, 2) if args.flood else args.clients
    if args.url:
        args.url = args.url.rstrip("/")
        wait_ready(args.url, args.wait, tell)
        return measure(args, None)
    server = OwnServer.start(args.clients, args.config)
    try:
        server.wait(args.wait, tell)
        return measure(args, server)
    finally:
        server.stop()


def measure(args: argparse.Namespace, server: OwnServer | None) -> int:
    """Every phase, the tables, and the JSON; all there is by then when it is interrupted."""
    from ishowtts.bench.server_session import about, write

    keys = server.keys if server else args.key
    plan = {name: value for name, value in vars(args).items() if name not in ("key", "url", "json", "config")}
    known = about(server.url if server else args.url, keys, server is not None, args.clients, plan)
    found: dict[str, Any] = {"about": known, "phases": []}
    for line in heading(found["about"]):
        print(line)
    interrupted = False
    try:
        asyncio.run(phases(args, server, found))
    except KeyboardInterrupt:
        interrupted = True
        print("\ninterrupted: what was measured so far", file=sys.stderr)
    show(args, found)
    if args.json:
        write(args.json, found)
    return 130 if interrupted else 0


async def phases(args: argparse.Namespace, server: OwnServer | None, found: dict[str, Any]) -> None:
    from ishowtts.bench.server_load import Bench
    from ishowtts.bench.server_session import clients_of
    from ishowtts.bench.server_stats import by_client, of_capacity, summary

    url, pid = (server.url, server.process.pid) if server else (args.url, args.pid)
    bench = Bench(
        url,
        clients_of(args.clients, server.keys if server else args.key, found["about"]["told_apart_by"]),
        pid=pid,
        patience=args.timeout,
        retry=args.retry,
        seed=args.seed,
        tell=tell,
    )
    try:
        await every_phase(args, bench, found, of_capacity)
    finally:
        found["phases"] = [{**summary(phase), "clients": by_client(phase)} for phase in bench.phases]
        await bench.close()


async def every_phase(args: argparse.Namespace, bench: Bench, found: dict[str, Any], of_capacity: Any) -> None:
    rate = args.capacity
    if rate is None:
        capacity = await bench.capacity(args.calibrate, args.at_once)
        rate, found["capacity"] = capacity.rate, of_capacity(capacity)
    if args.flood:
        await bench.flood(args.every, 0.0, args.seconds)
        await bench.flood(args.every, args.flood_rate * rate, args.seconds)
        return
    for multiple in args.rates:
        await bench.open_loop(multiple * rate, args.seconds, multiple)


def heading(known: dict[str, Any]) -> list[str]:
    from ishowtts.bench.server_report import heading as lines

    return lines(known)


def show(args: argparse.Namespace, found: dict[str, Any]) -> None:
    from rich.console import Console

    from ishowtts.bench.server_report import capacity_line, flood_line, retry_table, server_table, speech_table

    console = Console() if sys.stdout.isatty() else Console(width=220)
    results = [phase for phase in found["phases"] if phase["name"] != "capacity" or phase["interrupted"]]
    if "capacity" in found:
        console.print(capacity_line(found["capacity"]), highlight=False)
    rows = results
    if args.flood:
        rows = [
            {**figures, "name": f"{'polite' if name == 'client-0' else 'flood'}, {phase['name']}"}
            for phase in results
            for name, figures in phase["clients"].items()
        ]
    tables = [speech_table(rows), server_table(results), retry_table(results)]
    for table in tables:
        if table.row_count:
            console.print()
            console.print(table)
    if args.flood and [phase["name"] for phase in results] == ["alone", "flooded"]:
        alone, flooded = (phase["clients"]["client-0"] for phase in results)
        console.print("\n" + flood_line(alone, flooded), highlight=False, soft_wrap=True)


def tell(line: str) -> None:
    print(f"  {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
