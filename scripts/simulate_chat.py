"""Send a made-up livestream chat to a running server, listen as its pages do, and account for every message."""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import secrets
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from ishowtts.bench.livechat.run import Run

EPILOG = """\
examples:
  %(prog)s --start                             four minutes of chat as it comes, to a server of its own with f5-mini
  %(prog)s --start --speed 20 --minutes 20 --json out.json --plot out.png
                                               a chat twenty times too fast, with all figures and a picture
  %(prog)s --url http://127.0.0.1:27121 --key $KEY --seed 7
                                               a server that runs already; the key has the scope danmaku

The chat has regulars and strangers, English, Chinese and both in one line, bursts, a raid, gifts in combos, superchats,
bits, subscriptions, copypasta, a flood by one user, bots, commands, links, words of the block list, empty and hostile
texts, messages that a source sends twice, and moderators, who delete, ban, skip, pause and clear; a quick one deletes
messages while they are made or have just begun. It is the same for the same --seed.

--speed is that of what comes. Speech takes the time it takes: one voice says twelve to twenty messages a minute, so at
20 most of a chat cannot be read. What was paid for must be, even then: after the chat the script waits, --patience
seconds at most, until the room has done with everything.

what must be so, or the exit code is 1:
  every message is accounted for, once; received = read + stopped + merged + dropped + failed
  what was paid for is read, unless a moderator took it away
  what was deleted begins no sound after the deletion was answered, and what played then is cut off
  nothing stale is spoken, nothing twice, no bot, no command, no blocked word; each rank in its order

It talks into a real room: whoever listens there hears it, so take one that nobody uses. The room is taken to have the
default policy; the server that --start begins knows the chat's name for its streamer, too.

exit code: 0 all as it should be, 1 something is not, 2 it could not be run, 130 interrupted (what was seen by then is
printed and written)
"""


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    where = parser.add_argument_group("which server")
    one = where.add_mutually_exclusive_group(required=True)
    one.add_argument("--start", action="store_true", help="start one on a free port, and stop it in the end")
    one.add_argument("--url", help="one that runs, such as http://127.0.0.1:27121")
    where.add_argument("--key", help="of --url, with the scope danmaku (or admin)")
    where.add_argument("--room", default="main", help="of --url (default: main)")
    where.add_argument("--wait", type=float, default=300.0, metavar="S", help="for it to be ready (default: 300)")

    what = parser.add_argument_group("which chat")
    what.add_argument("--minutes", type=float, default=4.0, help="of the stream, 0.1 to 600 (default: 4)")
    what.add_argument("--speed", type=float, default=1.0, metavar="X", help="1 to 20 (default: 1)")
    what.add_argument("--rate", type=float, default=40.0, metavar="N",
                      help="ordinary messages a minute of the stream, 1 to 1000 (default: 40)")  # fmt: skip
    what.add_argument("--seed", type=int, help="of the chat (default: any)")
    what.add_argument("--patience", type=float, default=900.0, metavar="S",
                      help="after the chat, for what waits (default: 900)")  # fmt: skip
    parser.add_argument("--json", type=Path, metavar="OUT", help="write every figure")
    parser.add_argument("--plot", type=Path, metavar="OUT.png", help="draw it over time (needs matplotlib)")
    args = parser.parse_args(argv)
    _check(parser, args)
    return args


def _check(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    for option, low, high in (("minutes", 0.1, 600), ("speed", 1, 20), ("rate", 1, 1000), ("patience", 1, 86400),
                              ("wait", 1, 86400)):  # fmt: skip
        value = getattr(args, option)
        if not (math.isfinite(value) and low <= value <= high):
            parser.error(f"--{option} must be {low:g} to {high:g}")
    if args.url and (urlsplit(args.url).scheme not in ("http", "https") or not urlsplit(args.url).hostname):
        parser.error("--url must be like http://127.0.0.1:27121")
    if args.start and (args.key or args.room != "main"):
        parser.error("--key and --room go with --url")
    for option in ("json", "plot"):
        path = getattr(args, option)
        if path is not None and not path.absolute().parent.is_dir():
            parser.error(f"--{option}: there is no folder {path.absolute().parent}")


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
        print("\nstopped before anything was sent", file=sys.stderr)
        return 130


def run(args: argparse.Namespace) -> int:
    try:
        import httpx_sse  # noqa: F401
    except ImportError:
        print("error: this needs httpx-sse: pip install 'ishowtts[bench]', or pip install httpx-sse", file=sys.stderr)
        return 2
    if args.plot:
        from ishowtts.bench.livechat import plot

        plot.check()
    args.seed = secrets.randbelow(10**6) if args.seed is None else args.seed
    if args.start:
        return with_own_server(args)
    from ishowtts.bench.server_process import wait_ready

    args.url = args.url.rstrip("/")
    wait_ready(args.url, args.wait, tell)
    return simulate(args, args.url, args.key)


def with_own_server(args: argparse.Namespace) -> int:
    """It forgets all in the end, and its streamer has the name that the chat says."""
    from ishowtts.bench.livechat.crowd import MENTION
    from ishowtts.bench.server_process import OwnServer

    rooms = {"main": {"people": {"mentions": [MENTION]}}}
    with tempfile.TemporaryDirectory() as folder:
        settings = {
            "ISHOWTTS_DANMAKU__ROOMS": json.dumps(rooms),
            "ISHOWTTS_DANMAKU__STATE_FILE": str(Path(folder) / "rooms.sqlite"),
        }
        server = OwnServer.start(1, scopes=("danmaku", "overlay"), settings=settings)
        try:
            server.wait(args.wait, tell)
            return simulate(args, server.url, server.keys[0])
        finally:
            server.stop()


def simulate(args: argparse.Namespace, url: str, key: str | None) -> int:
    from ishowtts.bench.livechat.checks import checks
    from ishowtts.bench.livechat.figures import figures
    from ishowtts.bench.livechat.report import heading
    from ishowtts.bench.livechat.run import Run
    from ishowtts.bench.server_session import about, write

    options = ("minutes", "speed", "rate", "seed")
    plan = {name: getattr(args, name) for name in options}
    known = about(url, [key] if key else [], args.start, 1, plan)
    for line in heading(known):
        print(line)
    done = Run()
    try:
        asyncio.run(replay(args, url, key, done))
    except KeyboardInterrupt:
        print("\ninterrupted: what was seen so far", file=sys.stderr)
    found, figured = checks(done), figures(done)
    show(found, figured, done)
    if args.json:
        write(args.json, known | {"checks": [check._asdict() for check in found], **figured})
    if args.plot:
        picture(args, known, done)
    if done.interrupted:
        return 130
    return 1 if any(check.wrong for check in found) or not done.drained else 0


async def replay(args: argparse.Namespace, url: str, key: str | None, done: Run) -> None:
    import httpx

    from ishowtts.bench.livechat.crowd import acts
    from ishowtts.bench.livechat.run import Replay

    headers = {"authorization": f"Bearer {key}"} if key else {}
    async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=30) as client:
        chat = acts(args.seed, args.minutes, args.rate)
        stream = Replay(client, chat, args.speed, done, room=args.room, seed=args.seed, tell=tell)
        await stream.play(args.patience)


def show(found: Any, figured: dict[str, Any], done: Run) -> None:
    from rich.console import Console

    from ishowtts.bench.livechat.report import checks_table, labels_table, lines, verdict, waits_table

    console = Console() if sys.stdout.isatty() else Console(width=160)
    for part in (labels_table(figured), waits_table(figured)):
        console.print()
        console.print(part)
    console.print()
    for line in lines(figured):
        console.print(line, highlight=False, soft_wrap=True)
    console.print()
    if done.interrupted:
        console.print("no verdict: it was interrupted", style="bold")
        return
    console.print(checks_table(found))
    console.print()
    console.print(verdict(found, done.drained), highlight=False, soft_wrap=True, style="bold")


def picture(args: argparse.Namespace, known: dict[str, Any], done: Run) -> None:
    from ishowtts.bench.livechat.plot import draw
    from ishowtts.errors import SpeechError

    title = (
        f"{args.minutes:g} minutes of a made-up chat at {args.speed:g}× (seed {args.seed}), {known['server']}, "
        f"{known['engine'].get('model', '?')}\n{known['machine']['cpu']}, {known['machine']['cores']} cores"
    )
    try:
        draw(done, title, args.plot)
    except OSError as error:
        raise SpeechError(f"cannot write {args.plot}: {error.strerror or error}") from error


def tell(line: str) -> None:
    print(f"  {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
