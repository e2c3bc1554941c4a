#!/usr/bin/env python3
"""What a text path is worth: short chat lines and lines with numbers, said three ways and heard by Whisper.

    python scripts/compare_text_paths.py --limit 5                         a quick look
    python scripts/compare_text_paths.py --json .agent/benchmarks/text-paths.json

upstream is f5-tts' own path (its chunks, its length rule, no normaliser), plain is this server's without its
normaliser, normalised is all of it. Same voices, same seeds. Errors are words in English and characters in Mandarin;
a number that the recogniser wrote in figures counts as right if any way of reading it is. Packages: the extra [eval].
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from tqdm import tqdm

from ishowtts.bench import extras
from ishowtts.errors import SpeechError

PATHS = ("upstream", "plain", "normalised")


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--paths", nargs="+", choices=PATHS, default=list(PATHS), help="default: all")
    parser.add_argument("--limit", type=int, metavar="N", help="lines of each group (default: all 300)")
    parser.add_argument("--nfe", type=int, default=7, help="ODE steps (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the first line; each next one has the next")
    parser.add_argument("--threads", type=int, default=0, metavar="N", help="CPU threads (default: one for each core)")
    parser.add_argument(
        "--worst", type=int, default=10, metavar="N", help="show N faults a path (default: %(default)s)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything, down to each line")
    parser.add_argument("--cache", type=Path, help="default: ~/.cache/ishowtts/evaluation")
    args = parser.parse_args(argv)
    if args.limit is not None and args.limit < 1:
        parser.error("--limit must be at least 1")
    if not 1 <= args.nfe <= 64:
        parser.error("--nfe takes numbers from 1 to 64")
    if args.json is not None and not args.json.absolute().parent.is_dir():
        parser.error(f"--json: there is no folder {args.json.absolute().parent}")
    return args


def main(argv: list[str] | None = None) -> int:
    args = parse(argv)
    try:
        run(args)
    except SpeechError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def run(args: argparse.Namespace) -> None:
    extras.check(["wer"])
    # Imported here, so that --help does not wait for torch.
    from ishowtts.bench.asr import NAME
    from ishowtts.bench.cache import Cache, default_folder, files_digest
    from ishowtts.bench.judges import Judges
    from ishowtts.bench.machine import machine, versions
    from ishowtts.bench.spoken_lines import load_lines
    from ishowtts.bench.text_paths import Heard, Path, listen, path_figures
    from ishowtts.engine.build import load_engine, weights_path
    from ishowtts.engine.catalog import F5_MINI
    from ishowtts.engine.device import set_threads
    from ishowtts.engine.job import Sampling
    from ishowtts.settings import Settings
    from ishowtts.voices.library import VoiceLibrary

    threads = set_threads(args.threads)
    settings = Settings()
    library = VoiceLibrary(F5_MINI / "voices", [], None, settings.synthesis.default_voice)
    lines = load_lines(args.limit)
    speakers = {language: [v for v in library.list() if v.language == language] for language in ("en", "zh")}
    pairs = [(line, speakers[line.language][line.index % len(speakers[line.language])]) for line in lines]
    pairs.sort(key=lambda pair: pair[0].id.rpartition("-")[2])  # so that what is there when it is stopped is of all
    paths = [Path(name, upstream=name == "upstream", normalise=_normaliser(name)) for name in args.paths]
    engine: Any = load_engine(settings.model, settings.cache, lambda fraction, stage: None)
    engine.warm_up([voice.reference() for voice in library.list()], lambda fraction, stage: None)
    judges = Judges(Cache(args.cache or default_folder()), ["wer"], threads)
    about = {
        "machine": machine(threads),
        "versions": versions(),
        "engine": engine.describe(),
        "judge": NAME,
        "nfe_step": args.nfe,
        "seed": args.seed,
    }
    heard: list[Heard] = []
    with tqdm(total=len(pairs) * len(paths), unit="line", file=sys.stderr, mininterval=15.0) as bar:
        sampling = Sampling(nfe_step=args.nfe, seed=args.seed)
        weights = files_digest(weights_path(settings.model))
        for one in listen(engine, weights, judges, pairs, paths, sampling, settings.synthesis):
            heard.append(one)
            bar.update()
    rows = path_figures(heard)
    tell(rows, heard, args.worst)
    if args.json:
        whole = {**about, "rows": [asdict(row) for row in rows], "lines": [asdict(one) for one in heard]}
        args.json.write_text(json.dumps(whole, ensure_ascii=False, indent=1, default=str) + "\n", encoding="utf-8")


def tell(rows: list[Any], heard: list[Any], worst: int) -> None:
    from ishowtts.bench.tables import plain_table

    console = Console() if sys.stdout.isatty() else Console(width=200)
    table = plain_table("group", "path", "lines", "errors", "said whole", "seconds of sound")
    for row in rows:
        error, whole = f"{100 * row.error_rate:.1f} %", f"{100 * row.whole:.0f} %"
        table.add_row(row.group, row.path, str(row.lines), error, whole, f"{row.seconds:.0f}")
    console.print(table)
    for path in dict.fromkeys(one.path for one in heard):
        faults = sorted((one for one in heard if one.path == path and one.errors), key=lambda one: -one.errors)
        table = plain_table(path, "errors", "written", "said as", "heard")
        for one in faults[:worst]:
            table.add_row(one.line, f"{one.errors}/{one.length}", one.text, one.said, one.heard)
        console.print()
        console.print(table)


def _normaliser(path: str) -> Any:
    from ishowtts.text.normalize import normalize

    return (lambda text: normalize(text).text) if path == "normalised" else None


if __name__ == "__main__":
    sys.exit(main())
