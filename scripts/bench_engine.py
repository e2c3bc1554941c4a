#!/usr/bin/env python3
"""How fast is the engine? Against upstream f5_tts, with the same weights, in the same run.

All systems say the same texts, by turns, so that a machine that slows down slows them all; ratios are medians over
pairs of the same text. Nothing is timed before it is warm, and no text is said twice to one system in a round.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from rich.console import Console
from tqdm import tqdm

from ishowtts.errors import SpeechError

if TYPE_CHECKING:
    from rich.table import Table

    from ishowtts.bench.setup import Setup
    from ishowtts.bench.speed import Bench, Plan

PARTS = ("single", "load", "long", "limits")
EPILOG = """\
examples:
  %(prog)s                                                 the embedded f5-mini, everything
  %(prog)s --texts 2 --systems upstream ours --only single   a quick look
  %(prog)s --only single --nfe32                           speed, also against upstream's own 32 steps
  %(prog)s --only load --concurrency 8 --rates             a burst of 8 and nothing else
  %(prog)s --model F5TTS_v1_Base --device cuda --nfe32     an official checkpoint (downloaded if it is not there)
  %(prog)s --random-weights F5TTS_v1_Base --device cuda --seconds 3 6 --json base.json
                                                           its shape without a checkpoint: speed, no speech

systems:
  upstream           CFM.sample and Vocos.decode as f5_tts calls them, fp32 on a CPU, fp16 on CUDA
  upstream-bf16      the same under bf16 autocast (CPU)
  upstream-compiled  its transformer through torch.compile
  ours               the engine as the server runs it
  ours-eager         without torch.compile
  ours-fp32          in fp32
  Reference clips are decoded before, tokens and durations are those of our front end, for all of them.

parts (--only):
  single   one request at a time: RTF, time of an ODE step, operators launched in it. "RTF cpu" counts CPU seconds.
           Operators are calls from outside of torch's own operators, views left out; kernels on CUDA
  load     c requests at once, and arrivals at random, at a rate in requests per time that upstream takes for one
  long     half a minute of text, cut as the server cuts it: first audio and all of it
  limits   memory of a process that loaded one system alone, and the rate of arithmetic in the steps (FLOPs of the
           model as upstream writes it) as a share of what torch.mm reaches here, in this run and this precision
  load and limits need figures of single, which is then measured too.

GOMP_SPINCOUNT is set to 0 unless it is set already, as the server's start script does.
exit code: 0 done, 2 it could not be measured, 130 interrupted
"""


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    model = parser.add_argument_group("model")
    model.add_argument("--model", default="f5-mini", help="name of a model (default: %(default)s, the embedded one)")
    model.add_argument("--checkpoint", help="bundle folder, weights file or hf://owner/repo/file")
    model.add_argument("--random-weights", metavar="SHAPE", help="sizes of this official model, random weights")
    model.add_argument("--seconds", type=float, nargs=2, default=(3.0, 6.0), metavar=("REFERENCE", "SPEECH"),
                       help="with random weights (default: 3 6)")  # fmt: skip
    model.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N (default: %(default)s)")
    model.add_argument(
        "--dtype", default="auto", choices=("auto", "fp32", "fp16", "bf16"), help="of ours; upstream chooses itself"
    )
    model.add_argument("--threads", type=int, default=0, metavar="N", help="CPU threads (default: one for each core)")

    what = parser.add_argument_group("what is measured")
    what.add_argument("--systems", nargs="+", metavar="NAME", help="default: all that make sense on the device")
    what.add_argument("--loaded", nargs="+", default=["upstream", "ours"], metavar="NAME",
                      help="those given several requests, and long text (default: upstream ours)")  # fmt: skip
    what.add_argument("--only", nargs="+", choices=PARTS, help="default: all")
    what.add_argument("--nfe", type=int, default=7, help="ODE steps (default: %(default)s)")
    what.add_argument("--nfe32", action="store_true", help="also upstream at its own default of 32 steps")
    what.add_argument("--texts", type=int, default=8, metavar="N", help="texts one at a time (default: %(default)s)")
    what.add_argument("--repeat", type=int, default=1, metavar="N", help="rounds of everything (default: 1)")
    what.add_argument("--concurrency", type=int, nargs="*", default=[1, 2, 4, 8, 16], metavar="C")
    what.add_argument("--rates", type=float, nargs="*", default=[0.7, 1.5], metavar="R",
                      help="arrivals per service time of upstream (default: 0.7 1.5)")  # fmt: skip
    what.add_argument("--requests", type=int, default=12, metavar="N", help="at each rate (default: %(default)s)")
    what.add_argument("--peak-tflops", type=float, help="of the card (default: its data sheet, if known)")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write everything, down to each request")
    args = parser.parse_args(argv)
    for option in ("nfe", "texts", "repeat", "requests"):
        if getattr(args, option) < 1:
            parser.error(f"--{option} must be at least 1")
    if any(count < 1 for count in args.concurrency) or any(rate <= 0 for rate in args.rates):
        parser.error("--concurrency and --rates take numbers above 0")
    if args.json is not None and not args.json.absolute().parent.is_dir():
        parser.error(f"--json: there is no folder {args.json.absolute().parent}")
    return args


def main(argv: list[str] | None = None) -> int:
    args = parse(argv)
    os.environ.setdefault("GOMP_SPINCOUNT", "0")  # read when torch is loaded
    try:
        return run(args)
    except SpeechError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        stop()


def stop() -> NoReturn:
    """At once: threads inside of torch are not waited for."""
    print("\nstopped", file=sys.stderr, flush=True)
    sys.stdout.flush()
    os._exit(130)


def run(args: argparse.Namespace) -> int:
    # Imported here, so that --help does not wait for torch.
    from ishowtts.bench.machine import machine, versions
    from ishowtts.bench.rates import data_sheet
    from ishowtts.bench.setup import Setup
    from ishowtts.bench.speed import Plan
    from ishowtts.bench.speed_report import as_json, heading, limits_table, load_table, long_table, single_table
    from ishowtts.bench.systems import default_names
    from ishowtts.engine.about import hardware
    from ishowtts.engine.device import place, set_threads

    device = place(args.device, "auto").device
    model = f"{args.random_weights}, random weights" if args.random_weights else args.checkpoint or args.model
    setup = Setup(
        args.model, args.checkpoint, args.random_weights, str(device), args.dtype, args.threads, tuple(args.seconds)
    )
    names = tuple(args.systems or default_names(str(device)))
    plan = Plan(
        systems=names,
        loaded=[name for name in args.loaded if name in names],
        nfe=args.nfe,
        nfe32=args.nfe32,
        texts=args.texts,
        repeat=args.repeat,
        concurrency=args.concurrency,
        rates=args.rates,
        requests=args.requests,
    )
    about: dict[str, Any] = {
        "machine": machine(set_threads(args.threads)),
        "device": hardware(device),
        "versions": versions(("ishowtts", "torch", "numpy", "f5-tts", "vocos")),
        "model": model,
        "plan": vars(args),
    }
    console = Console() if sys.stdout.isatty() else Console(width=200)

    def show(table: Table) -> None:
        console.print()
        console.print(table)

    for line in heading(about):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    with tempfile.TemporaryDirectory() as folder:
        bench = start(setup, plan, Path(folder))
        shape, parts = bench.shape, args.only or PARTS
        peak = args.peak_tflops or (data_sheet(hardware(device)) if device.type == "cuda" else None)
        measure(bench, parts, show, {
            "single": single_table,
            "load": load_table,
            "long": lambda found: long_table(found, plan.long_seconds),
            "limits": lambda found: limits_table(found, shape, peak),
        })  # fmt: skip
        found = bench.finish()
    before, after = found.system_load["before"], found.system_load["after"]
    console.print(f"\nload average {before:.2f} before, {after:.2f} after", highlight=False)
    if args.json:
        write(args.json, as_json(about, found, shape))
    return 0


def start(setup: Setup, plan: Plan, folder: Path) -> Bench:
    from ishowtts.bench.speed import Bench

    with tqdm(bar_format="{desc} ({elapsed})", file=sys.stderr) as bar:
        return Bench(setup, plan, folder, lambda fraction, stage: bar.set_description_str(stage))


def measure(bench: Bench, parts: Any, show: Any, tables: dict[str, Any]) -> None:
    """Each part, and its table as soon as it is there."""
    wanted = [part for part in PARTS if part in parts or (part == "single" and {"load", "limits"} & set(parts))]
    slow = 1.0 if sys.stderr.isatty() else 15.0
    with tqdm(total=bench.ticks(wanted), file=sys.stderr, mininterval=slow, unit="run") as bar:

        def tick(done: str) -> None:
            bar.set_description_str(done, refresh=False)
            bar.update()

        for part in wanted:
            getattr(bench, part)(tick)
            if part == "single":
                bench.count_launches(tick)
            bar.clear()
            show(tables[part](bench.found))


def write(path: Path, document: dict[str, Any]) -> None:
    text = json.dumps(document, ensure_ascii=False, indent=1, default=str)
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise SpeechError(f"cannot write {path}: {error.strerror or error}") from error


if __name__ == "__main__":
    sys.exit(main())
