#!/usr/bin/env python3
"""Say a fixed set of texts in several ways, a folder of WAVs each: to listen to, and for the blind test at /listen."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from ishowtts.errors import ConfigError, SpeechError

if TYPE_CHECKING:
    from ishowtts.settings import CacheSettings, ModelSettings

EPILOG = """\
examples:
  %(prog)s samples --nfe 7 16 32                      do fewer steps cost anything?
  %(prog)s samples --nfe 7 --dtype bf16 fp32          does precision?
  %(prog)s samples --nfe 7 --backend flow upstream    is our engine upstream's?
  %(prog)s samples --limit 2 --voices heart xiaobei

Then hear pairs of them without knowing which is which: name two of the folders in [listening] of the settings
(docs/pages.md), start the server and open /listen.

The same text has the same seed and voice everywhere, and all are levelled as the server does. samples.json has what was
said in which file. On CUDA the dtypes are fp16, bf16 and fp32.

exit code: 0 done, 2 it could not be done, 130 interrupted (what is written by then is whole)
"""


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path, help="the folder to write")
    parser.add_argument("--nfe", type=int, nargs="+", default=[7, 16], metavar="N", help="solver steps (default: 7 16)")
    parser.add_argument("--cfg", type=float, nargs="+", default=[2.0], metavar="X", help="guidance (default: 2)")
    parser.add_argument("--dtype", nargs="+", default=["auto"], choices=("auto", "fp32", "fp16", "bf16"))
    parser.add_argument("--backend", nargs="+", default=["auto"], choices=("auto", "flow", "upstream"))
    parser.add_argument("--limit", type=int, default=6, metavar="N",
                        help="sentences, and chat lines, of each language (default: %(default)s)")  # fmt: skip
    parser.add_argument("--voices", nargs="+", metavar="ID", help="default: all built-in voices in turn")
    parser.add_argument("--seed", type=int, default=0, help="of the first text; each next one has the next")
    parser.add_argument("--model", default="f5-mini", help="name of a model (default: %(default)s)")
    parser.add_argument("--checkpoint", help="bundle folder, weights file or hf://owner/repo/file")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=0, metavar="N", help="CPU threads (default: one for each core)")
    args = parser.parse_args(argv)
    if any(not 1 <= nfe <= 64 for nfe in args.nfe):
        parser.error("--nfe takes numbers from 1 to 64")
    if args.limit < 1:
        parser.error("--limit must be at least 1")
    if args.out.is_file():
        parser.error(f"out: {args.out} is a file")
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
        print("stopped", file=sys.stderr)
        return 130


def run(args: argparse.Namespace) -> int:
    # Imported here, so that --help does not wait for torch.
    from ishowtts.bench import samples
    from ishowtts.bench.speech import assign
    from ishowtts.engine.catalog import F5_MINI
    from ishowtts.engine.device import set_threads
    from ishowtts.settings import ModelSettings
    from ishowtts.voices.library import VoiceLibrary

    set_threads(args.threads)
    library = VoiceLibrary(F5_MINI / "voices", [], None, {})
    voices = [library.get(id) for id in args.voices] if args.voices else library.list()
    ways = samples.variants(args.nfe, args.dtype, args.backend, args.cfg)
    items = samples.texts(args.limit)
    total = len(ways) * len(assign(items, voices))
    if not total:
        raise ConfigError("none of these voices speaks English or Mandarin")
    model = ModelSettings(
        name=args.model, checkpoint=args.checkpoint, device=args.device, threads=args.threads, compile=False
    )
    with tqdm(total=total, file=sys.stderr, unit="clip", mininterval=1 if sys.stderr.isatty() else 15) as bar:
        for way, item in samples.make(ways, items, voices, model, args.out, args.seed, load):
            bar.set_description_str(f"{way.name} {item.id}", refresh=False)
            bar.update()
    for way in ways:
        print(args.out / way.name)
    return 0


def load(model: ModelSettings, cache: CacheSettings) -> Any:
    from ishowtts.engine.build import load_engine

    return load_engine(model, cache, lambda fraction, stage: None)


if __name__ == "__main__":
    sys.exit(main())
