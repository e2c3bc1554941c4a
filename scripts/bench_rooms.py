"""Measure read-aloud where it hurts: a flood of chat, a server that is killed, listeners who do not listen."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PARTS = ("flood", "crash", "listeners", "cycles")
EPILOG = """\
examples:
  %(prog)s                                        all parts, with tones for a voice: about eight minutes
  %(prog)s --only flood --messages 20000 --seconds 60 --batch 5
  %(prog)s --only crash --kills 20 --seed 7       the same moments as another run with this seed
  %(prog)s --only crash --engine f5-mini          with a real voice: each start takes its time
  %(prog)s --only listeners --listeners 100 --stalled 20 --json out.json

what is measured, each with a server process of its own:
  flood      messages over HTTP into one room while a player and a studio listen: how long an answer takes, /healthz
             beside it, memory; and whether each message has one receipt, one end and one line of history
  crash      kill -9 at random moments while what is paid for comes in: by what a listener heard over all lives of the
             server, what was lost and what was said twice. A message that is killed within the milliseconds between
             being taken off the disk and being announced is lost, and shows as not_heard
  listeners  all hear the same in the same order, without a gap, while some read nothing; when those are let go; the
             same with the sound inline, and as many who fetch a sound and do not read it
  cycles     listeners that come and go in every manner: memory, descriptors and threads afterwards

All clients are one process on one thread. `client_late` is how late it was itself; where that is much, so are the rest.

exit code: 0 all as it should be, 1 something was lost, said twice or left behind, 2 it could not be measured
"""


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=PARTS, action="append", help="this part, or these (default: all)")
    parser.add_argument("--engine", choices=("tones", "f5-mini"), default="tones", help="(default: tones)")
    parser.add_argument("--messages", type=int, default=20_000, metavar="N", help="of the flood (default: 20000)")
    parser.add_argument("--seconds", type=float, default=60.0, help="in which they come (default: 60)")
    parser.add_argument("--batch", type=int, default=1, metavar="N", help="messages a request, 1 to 50 (default: 1)")
    parser.add_argument("--kills", type=int, default=20, metavar="N", help="(default: 20)")
    parser.add_argument("--listeners", type=int, default=100, metavar="N", help="1 to 128 (default: 100)")
    parser.add_argument("--stalled", type=int, default=20, metavar="N", help="of them (default: 20)")
    parser.add_argument("--cycles", type=int, default=1000, metavar="N", help="(default: 1000)")
    parser.add_argument("--seed", type=int, default=0, help="of messages and moments (default: 0)")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write everything")
    args = parser.parse_args(argv)
    for option in ("messages", "seconds", "kills", "cycles"):
        if not getattr(args, option) > 0:
            parser.error(f"--{option} must be above 0")
    if not 1 <= args.batch <= 50:
        parser.error("--batch must be 1 to 50")
    if not 0 <= args.stalled < args.listeners <= 128:
        parser.error("--listeners must be 1 to 128, and more than --stalled")
    if args.json is not None and not args.json.absolute().parent.is_dir():
        parser.error(f"--json: there is no folder {args.json.absolute().parent}")
    return args


def main(argv: list[str] | None = None) -> int:
    args = parse(argv)
    from ishowtts.bench.machine import machine, versions
    from ishowtts.errors import SpeechError

    packages = ("ishowtts", "fastapi", "uvicorn", "uvloop", "starlette", "sse-starlette", "aiosqlite", "pydantic")
    found: dict[str, Any] = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(1) | {"nice": os.nice(0)},
        "versions": versions(packages),
        "plan": {name: value for name, value in vars(args).items() if name not in ("json", "only")},
    }
    about = found["machine"]
    where = f"{about['cpu']}, {about['cores']} cores, {about['system']}"
    print(f"{where}, load {about['load']}, nice {about['nice']}, {args.engine}")
    print(", ".join(f"{name} {number}" for name, number in found["versions"].items()))
    try:
        asyncio.run(measure(args, found))
    except SpeechError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    finally:
        if args.json:
            args.json.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
    wrong = [fault for part in PARTS if part in found for fault in found[part]["faults"]]
    for fault in wrong:
        print(f"WRONG: {fault}")
    return 1 if wrong else 0


async def measure(args: argparse.Namespace, found: dict[str, Any]) -> None:
    from ishowtts.bench.rooms.report import faults, lines

    for part in args.only or PARTS:
        with tempfile.TemporaryDirectory() as folder:
            found[part] = await run(args, part, Path(folder))
        found[part]["faults"] = faults(part, found[part])
        for line in lines(part, found[part]):
            print(line)


async def run(args: argparse.Namespace, part: str, folder: Path) -> dict[str, Any]:
    from ishowtts.bench.rooms.crash import crashes
    from ishowtts.bench.rooms.flood import flood
    from ishowtts.bench.rooms.listeners import cycles, listeners
    from ishowtts.bench.rooms.server import RoomServer

    def server(name: str, pace: float) -> RoomServer:
        (folder / name).mkdir()
        return RoomServer(folder / name, args.engine, pace)

    match part:
        case "flood":
            return await flood(server("flood", 0.06), args.messages, args.seconds, args.batch, args.seed)
        case "crash":
            return await crashes(server("crash", 0.01), args.kills, seed=args.seed)
        case "listeners":
            two = {
                name: await listeners(server(name, 0.03), args.listeners, args.stalled, name == "inline")
                for name in ("url", "inline")
            }
            return {"runs": two}
    return await cycles(server("cycles", 0.03), args.cycles, seed=args.seed)


if __name__ == "__main__":
    sys.exit(main())
