#!/usr/bin/env python3
"""Where does the time go? One text through torch's profiler: opened, its ODE steps, and the vocoder."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from ishowtts.errors import SpeechError

EPILOG = """\
examples:
  %(prog)s                                  ours, with the embedded f5-mini, 7 steps
  %(prog)s --upstream                       and upstream's CFM.sample with the same weights and text
  %(prog)s --trace ours.json                a Chrome trace as well: open it in ui.perfetto.dev
  %(prog)s --system ours-eager --rows 30    without torch.compile, so that every operator has a name
  %(prog)s --random-weights F5TTS_v1_Base --device cuda

"self" is the time of an operator without those it calls: of the calling thread on a CPU, of kernels on CUDA. Compiled
code counts as one operator. The profiler slows small operators down; the line above the tables is without it.
In upstream's steps its mel and its text embedding are counted with the steps.

exit code: 0 done, 2 it could not be measured, 130 interrupted
"""


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="f5-mini", help="name of a model (default: %(default)s)")
    parser.add_argument("--checkpoint", help="bundle folder, weights file or hf://owner/repo/file")
    parser.add_argument("--random-weights", metavar="SHAPE", help="sizes of this official model, random weights")
    parser.add_argument("--seconds", type=float, nargs=2, default=(3.0, 6.0), metavar=("REFERENCE", "SPEECH"),
                        help="with random weights (default: 3 6)")  # fmt: skip
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N (default: %(default)s)")
    parser.add_argument("--dtype", default="auto", choices=("auto", "fp32", "fp16", "bf16"), help="of ours")
    parser.add_argument("--threads", type=int, default=0, metavar="N", help="CPU threads (default: one for each core)")
    parser.add_argument("--steps", type=int, default=7, metavar="N", help="ODE steps (default: %(default)s)")
    parser.add_argument("--system", default="ours", help="as in bench_engine.py (default: %(default)s)")
    parser.add_argument("--upstream", action="store_true", help="upstream as well")
    parser.add_argument("--text", type=int, default=0, metavar="I", help="number of the text (default: 0)")
    parser.add_argument("--rows", type=int, default=15, metavar="N", help="operators of a phase (default: %(default)s)")
    parser.add_argument("--trace", type=Path, metavar="OUT", help="Chrome trace; upstream's has .upstream in its name")
    args = parser.parse_args(argv)
    if args.steps < 1 or args.rows < 1 or args.text < 0:
        parser.error("--steps and --rows must be at least 1, --text at least 0")
    if args.trace is not None and not args.trace.absolute().parent.is_dir():
        parser.error(f"--trace: there is no folder {args.trace.absolute().parent}")
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
        print("\nstopped", file=sys.stderr, flush=True)
        os._exit(130)


def run(args: argparse.Namespace) -> int:
    # Imported here, so that --help does not wait for torch.
    from ishowtts.bench.lines import lines, turn
    from ishowtts.bench.machine import machine, versions
    from ishowtts.bench.profiling import profile_text, tables
    from ishowtts.bench.setup import Setup
    from ishowtts.bench.speed_report import heading
    from ishowtts.bench.systems import UPSTREAM, Maker
    from ishowtts.bench.weights import load
    from ishowtts.engine.about import hardware
    from ishowtts.engine.device import place, set_threads
    from ishowtts.engine.features import SAMPLE_RATE

    device = place(args.device, "auto").device
    setup = Setup(
        args.model, args.checkpoint, args.random_weights, str(device), args.dtype, args.threads, tuple(args.seconds)
    )
    about = {
        "machine": machine(set_threads(args.threads)),
        "device": hardware(device),
        "versions": versions(("ishowtts", "torch", "f5-tts", "vocos")),
        "model": args.random_weights or args.checkpoint or args.model,
    }
    console = Console() if sys.stdout.isatty() else Console(width=140)
    for line in heading(about):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    with tempfile.TemporaryDirectory() as folder:
        maker = Maker(load(setup, lambda fraction, stage: tell(stage)), setup)
        text = turn(lines(setup, Path(folder)), args.text, 1)[0]
        for name in dict.fromkeys([args.system, *([UPSTREAM] if args.upstream else [])]):
            system = maker.make(name)
            tell(f"warming up {name}")
            system.say(text.job("warm-up", 2, seed=0))
            tell(f"profiling {name}")
            found = profile_text(system, text, args.steps, device, SAMPLE_RATE, trace_of(args.trace, name))
            console.print(
                f"\n{name} ({found.runs}): {found.audio_seconds:.2f} s of speech, {found.frames} frames, {found.steps} "
                f"steps; without the profiler {1000 * found.unwatched:.1f} ms in all, "
                f"{1000 * found.unwatched_step:.2f} ms a step",
                highlight=False,
                soft_wrap=True,
            )
            for table in tables(found, args.rows):
                console.print()
                console.print(table)
    return 0


def tell(stage: str) -> None:
    print(stage, file=sys.stderr, flush=True)


def trace_of(path: Path | None, system: str) -> Path | None:
    return path.with_suffix(f".upstream{path.suffix}") if path is not None and system == "upstream" else path


if __name__ == "__main__":
    sys.exit(main())
