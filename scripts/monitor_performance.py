#!/usr/bin/env python3
"""Watch a running server: speed, queue, memory, GPU, on the terminal and in a file, with alerts."""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import httpx
    from rich.live import Live

    from ishowtts.bench.monitor import Sample
    from ishowtts.bench.scrape import Scrape

EPILOG = """\
examples:
  %(prog)s                                           the server of this machine, until Ctrl-C
  %(prog)s --url http://10.0.0.5:27121 --key $ADMIN_KEY --every 5
  %(prog)s --jsonl run.jsonl --csv run.csv --seconds 3600
  %(prog)s --limit first_audio_p95=1 --limit rtf_p95=0.8 --limit gap_share=off --seconds 60 && echo all well

what is shown:
  Counts and times (RTF, first audio, requests a second) are of the last --window seconds, the rest is of now. They come
  from /metrics, /readyz and /healthz: with keys in the server's settings /metrics wants one with the scope admin.
  Without a terminal there is a line for each sample. docs/operations.md says what the numbers mean.

alerts:
  not_ready    /readyz does not say ready
  worker_lost  a worker process had to be replaced
  and every limit that is passed: {limits}
  worker_growth is the worker's memory over the first samples, clock_drop a busy GPU's clock under its highest.

exit code: 0 no alert, 1 there was one, 2 the server cannot be watched
"""


class Got(NamedTuple):
    status: str
    healthz_ms: float | None
    scrape: Scrape | None


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    from ishowtts.bench.monitor import LIMITS

    limits = ", ".join(f"{name}={value:g}" for name, value in LIMITS.items())
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=EPILOG.replace("{limits}", limits),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--url", default="http://127.0.0.1:27121", help="default: %(default)s")
    parser.add_argument("--key", default=os.environ.get("ISHOWTTS_KEY"), help="default: $ISHOWTTS_KEY")
    parser.add_argument("--every", type=float, default=2.0, metavar="S", help="seconds, from 0.1 (default: 2)")
    parser.add_argument("--window", type=float, default=30.0, metavar="S", help="for counts and times (default: 30)")
    parser.add_argument("--seconds", type=float, metavar="S", help="in all (default: until Ctrl-C)")
    parser.add_argument("--limit", action="append", default=[], metavar="NAME=N", help="another limit, or off")
    parser.add_argument("--jsonl", type=Path, metavar="OUT", help="add a line for each sample")
    parser.add_argument("--csv", type=Path, metavar="OUT", help="write a line for each sample")
    args = parser.parse_args(argv)
    args.limits = dict(LIMITS)
    for text in args.limit:
        name, _, value = text.partition("=")
        if name not in LIMITS:
            parser.error(f"--limit: {name!r} is none of {', '.join(LIMITS)}")
        try:
            args.limits[name] = float("inf") if value == "off" else float(value)
        except ValueError:
            parser.error(f"--limit {name}: {value!r} is neither a number nor off")
    if not 0.1 <= args.every <= 3600 or not args.every <= args.window <= 86_400:
        parser.error("--every takes 0.1 to 3600, --window at least as much and up to 86400")
    if args.seconds is not None and not args.seconds > 0:
        parser.error("--seconds must be above 0")
    if urlsplit(args.url).scheme not in ("http", "https") or not urlsplit(args.url).hostname:
        parser.error("--url must be like http://127.0.0.1:27121")
    for option in ("jsonl", "csv"):
        path = getattr(args, option)
        if path is not None and not path.absolute().parent.is_dir():
            parser.error(f"--{option}: there is no folder {path.absolute().parent}")
    args.url = args.url.rstrip("/")
    return args


def main(argv: list[str] | None = None) -> int:
    args = parse(argv)
    from ishowtts.bench.monitor import Watch
    from ishowtts.errors import SpeechError

    watch = Watch(args.limits)
    try:
        asyncio.run(monitor(args, watch))
    except KeyboardInterrupt:
        pass
    except (SpeechError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if watch.fired:
        print("alerts: " + ", ".join(f"{name} in {count} samples" for name, count in watch.fired.items()))
    return 1 if watch.fired else 0


async def monitor(args: argparse.Namespace, watch: Any) -> None:
    """Until the time is over. Raises `SpeechError` when the first look finds no server that tells."""
    from collections import deque

    import httpx
    from rich.console import Console
    from rich.live import Live

    from ishowtts.bench.monitor import Sample, Window, sample, stamp
    from ishowtts.bench.monitor_view import HISTORY

    console, window, samples = Console(), Window(args.window), deque[Sample](maxlen=HISTORY)
    end = time.monotonic() + args.seconds if args.seconds else float("inf")
    headers = {"authorization": f"Bearer {args.key}"} if args.key else {}
    engine = ""
    with ExitStack() as stack:
        keep = keepers(args, stack)
        client = httpx.AsyncClient(base_url=args.url, headers=headers, trust_env=False, timeout=10)
        await look(client, first=True)
        live = (
            stack.enter_context(Live(console=console, screen=False, auto_refresh=False))
            if console.is_terminal
            else None
        )
        while True:
            begun = time.monotonic()
            got = await look(client)
            if got.scrape is None:
                now = Sample(stamp(), got.status)
            else:
                now = sample(window.add(got.scrape), got.status, got.healthz_ms)
                engine = ", ".join(
                    filter(None, (got.scrape.label("tts_engine_info", name) for name in ("model", "device", "dtype")))
                )
            samples.append(now)
            alerts = watch.look(now)
            keep(now, alerts)
            show(live, args.url, engine, samples, alerts, watch.fired)
            due = begun + args.every
            if due > end:
                break
            await asyncio.sleep(max(0.0, due - time.monotonic()))
        await client.aclose()


async def look(client: httpx.AsyncClient, first: bool = False) -> Got:
    """What the server says; `first` raises `SpeechError` where it says nothing, or not to us."""
    import httpx

    from ishowtts.bench.monitor import DOWN
    from ishowtts.bench.scrape import Scrape
    from ishowtts.errors import SpeechError

    try:
        begun = time.perf_counter()
        await client.get("/healthz")
        healthz_ms = 1000 * (time.perf_counter() - begun)
        ready = (await client.get("/readyz")).json()
        answer = await client.get("/metrics")
        if first and answer.status_code != 200:
            why = {401: "wants a key (--key) with the scope admin", 403: "wants a key with the scope admin",
                   404: "has no /metrics: metrics.enabled is false"}  # fmt: skip
            raise SpeechError(f"{client.base_url} {why.get(answer.status_code, f'answers {answer.status_code}')}")
        scrape = Scrape.parse(answer.text, time.monotonic()) if answer.status_code == 200 else None
        return Got(str(ready.get("status", "unknown")), healthz_ms, scrape)
    except (httpx.HTTPError, ValueError, AttributeError) as error:
        if first:
            raise SpeechError(f"{client.base_url} cannot be watched: {type(error).__name__}") from error
        return Got(DOWN, None, None)


def keepers(args: argparse.Namespace, stack: ExitStack) -> Callable[[Sample, list[str]], None]:
    """What writes a sample to the files that are wanted."""
    from ishowtts.bench.monitor import NUMBERS

    lines = stack.enter_context(args.jsonl.open("a", encoding="utf-8")) if args.jsonl else None
    sheet = stack.enter_context(args.csv.open("w", encoding="utf-8", newline="")) if args.csv else None
    rows = csv.writer(sheet) if sheet else None
    if rows:
        rows.writerow(["time", "status", *NUMBERS, "alerts"])

    def keep(sample: Sample, alerts: list[str]) -> None:
        if lines:
            numbers = {name: rounded(getattr(sample, name)) for name in NUMBERS}
            told = {"time": sample.time, "status": sample.status, **numbers, "alerts": alerts}
            lines.write(json.dumps(told) + "\n")
            lines.flush()
        if rows and sheet:
            cells = [rounded(getattr(sample, name)) for name in NUMBERS]
            rows.writerow([sample.time, sample.status, *cells, " ".join(alerts)])
            sheet.flush()

    return keep


def rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.5g}")


def show(live: Live | None, url: str, engine: str, samples: Any, alerts: list[str], fired: dict[str, int]) -> None:
    from ishowtts.bench.monitor_view import line, view

    if live is None:
        print(line(samples[-1], alerts), flush=True)
    else:
        live.update(view(url, engine, list(samples), alerts, fired), refresh=True)


if __name__ == "__main__":
    sys.exit(main())
