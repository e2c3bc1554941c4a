#!/usr/bin/env python3
"""How good is the voice? Errors a listener hears, likeness to the reference, predicted MOS, and speed.

Each text is said once, by a voice of its language, through the engine as the server drives it, and then listened to
by Whisper base (errors), CAM++ (likeness) and DistillMOS (naturalness, predicted). Nothing is downloaded at run time.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from tqdm import tqdm

from ishowtts.bench import extras
from ishowtts.errors import ConfigError, SpeechError

if TYPE_CHECKING:
    from ishowtts.bench.clip import Clip
    from ishowtts.bench.judges import Judges
    from ishowtts.voices.voice import Voice

EPILOG = f"""\
examples:
  %(prog)s                                              the embedded f5-mini, NFE 7, all of its voices
  %(prog)s --limit 10 --only wer                        a quick look: 10 texts a language, errors only
  %(prog)s --nfe 5 6 7 8 10 12 16 32 --json nfe.json    quality against speed
  %(prog)s --checkpoint runs/mini/export --gate         exit code 1 if a floor is missed
  %(prog)s --reference-clips                            the same measures on the voices' own clips: the upper bound
  %(prog)s --vocoder-copy                               those clips through the vocoder: what it loses

measures:
  WER      English; lower case, no punctuation, numbers spelled out, contractions taken apart (it's = it is)
  CER      Mandarin; simplified characters, numbers as they are read, 她/它 = 他
  whole    chat lines of 1-5 words in which every word was heard; Mandarin by toneless pinyin, so homophones count
  RTF      seconds of synthesis for a second of sound, warm, one text at a time; "cpu" counts CPU seconds instead of
           the clock, which other work on the machine does not disturb
  ±        half of a 95 %% interval from redrawing the clips; differences below it mean little

packages (the first line is the extra [eval]; the second without their dependencies, which are large and unused):
  pip install {" ".join(extras.PLAIN)}
  pip install --no-deps {" ".join(extras.NO_DEPS)}

exit code: 0 done, 1 a floor was missed (with --gate), 2 it could not be measured
"""


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    model = parser.add_argument_group("model")
    model.add_argument("--model", default="f5-mini", help="name of a model (default: %(default)s, the embedded one)")
    model.add_argument("--checkpoint", help="bundle folder, weights file or hf://owner/repo/file")
    model.add_argument("--vocoder", help="folder or hf://owner/repo (default: the one that goes with the model)")
    model.add_argument("--device", default="auto", help="auto, cpu, mps, cuda or cuda:N (default: %(default)s)")
    model.add_argument("--dtype", default="auto", choices=("auto", "fp32", "fp16", "bf16"))
    model.add_argument("--threads", type=int, default=0, metavar="N", help="CPU threads (default: one for each core)")

    speech = parser.add_argument_group("speech")
    speech.add_argument(
        "--nfe", type=int, nargs="+", default=[7], metavar="N", help="ODE steps, one row each (default: 7)"
    )
    speech.add_argument("--cfg", type=float, default=2.0, help="guidance (default: %(default)s)")
    speech.add_argument(
        "--cfg-until", type=float, default=1.0, help="flow time at which guidance ends (default: %(default)s)"
    )
    speech.add_argument("--sway", type=float, default=-1.0, help="sway sampling coefficient (default: %(default)s)")
    speech.add_argument(
        "--seed", type=int, default=0, help="of the first text; each next one has the next (default: 0)"
    )
    speech.add_argument("--voices", nargs="+", metavar="ID", help="default: all built-in voices in turn")
    speech.add_argument("--voices-dir", type=Path, help="voices from this folder instead of the built-in ones")
    speech.add_argument("--limit", type=int, metavar="N", help="sentences, and chat lines, of each language")

    what = parser.add_argument_group("what is measured")
    what.add_argument("--only", action="append", choices=("wer", "similarity", "mos"), help="repeat for several")
    instead = what.add_mutually_exclusive_group()
    instead.add_argument("--reference-clips", action="store_true", help="measure the voices' own clips")
    instead.add_argument("--vocoder-copy", action="store_true", help="measure copy synthesis of the voices' clips")

    out = parser.add_argument_group("output")
    out.add_argument("--json", type=Path, metavar="FILE", help="write everything, down to each clip")
    out.add_argument("--by-voice", action="store_true", help="also a table by voice")
    out.add_argument("--worst", type=int, default=5, metavar="N", help="show the N worst clips (default: %(default)s)")
    out.add_argument("--gate", action="store_true", help="exit code 1 if a floor is missed")
    out.add_argument(
        "--cache",
        type=Path,
        help="where sounds, scores and the joined ASR model are kept (default: ~/.cache/ishowtts/evaluation)",
    )
    out.add_argument("--fresh", action="store_true", help="make and time every sound again")
    args = parser.parse_args(argv)
    if any(not 1 <= n <= 64 for n in args.nfe):
        parser.error("--nfe takes numbers from 1 to 64")
    if args.limit is not None and args.limit < 1:
        parser.error("--limit must be at least 1")
    if args.json is not None and not args.json.absolute().parent.is_dir():
        parser.error(f"--json: there is no folder {args.json.absolute().parent}")
    return args


def main(argv: list[str] | None = None) -> int:
    args = parse(argv)
    try:
        return run(args)
    except SpeechError as error:
        print(f"error: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("stopped; what was made so far is kept in the cache", file=sys.stderr)
    return 2


def run(args: argparse.Namespace) -> int:
    # Imported here, so that --help does not wait for torch.
    from ishowtts.bench.cache import Cache, default_folder
    from ishowtts.bench.judges import MEASURES, NAMES, Judges
    from ishowtts.bench.machine import machine, versions
    from ishowtts.engine.catalog import F5_MINI
    from ishowtts.engine.device import set_threads
    from ishowtts.voices.library import VoiceLibrary

    measures = tuple(dict.fromkeys(args.only or MEASURES))
    extras.check(measures)
    threads = set_threads(args.threads)
    judges = Judges(Cache(args.cache or default_folder(), args.fresh), measures, threads)
    library = VoiceLibrary(args.voices_dir or F5_MINI / "voices", [], None, {})
    voices = [library.get(id) for id in args.voices] if args.voices else library.list()
    if not voices:
        raise ConfigError(f"no voices in {args.voices_dir or F5_MINI / 'voices'}")
    about: dict[str, Any] = {
        "machine": machine(threads),
        "versions": versions(),
        "judges": {measure: NAMES[measure] for measure in measures},
    }
    clips = measure(args, judges, voices, about)
    return tell(args, about, clips)


def measure(args: argparse.Namespace, judges: Judges, voices: list[Voice], about: dict[str, Any]) -> list[Clip]:
    """Fills in `about`."""
    from ishowtts.bench import evaluate
    from ishowtts.engine.catalog import VOCOS

    if args.reference_clips:
        about["measured"] = "reference clips"
        return collect(len(voices), lambda tick: evaluate.reference_clips(judges, voices, tick))
    if args.vocoder_copy:
        about["measured"] = "vocoder copy"
        bundle = args.checkpoint if args.checkpoint and Path(args.checkpoint).is_dir() else None
        spec = args.vocoder or bundle or ("f5-mini" if args.model == "f5-mini" else VOCOS)
        return collect(len(voices), lambda tick: evaluate.vocoder_copies(judges, spec, voices, tick))
    return measure_synthesis(args, judges, voices, about)


def measure_synthesis(
    args: argparse.Namespace, judges: Judges, voices: list[Voice], about: dict[str, Any]
) -> list[Clip]:
    from ishowtts.bench import evaluate
    from ishowtts.bench.cache import files_digest
    from ishowtts.bench.speech import assign
    from ishowtts.bench.texts import load_items
    from ishowtts.engine.build import load_engine, weights_path
    from ishowtts.engine.job import Sampling
    from ishowtts.settings import CacheSettings, ModelSettings

    pairs = assign(load_items(args.limit), voices)
    sampling = Sampling(cfg_strength=args.cfg, sway_sampling_coef=args.sway, seed=args.seed, cfg_until=args.cfg_until)
    settings = ModelSettings(
        name=args.model,
        checkpoint=args.checkpoint,
        vocoder=args.vocoder,
        device=args.device,
        dtype=args.dtype,
        threads=args.threads,
    )
    with tqdm(total=1.0, desc="loading", bar_format="{desc}", file=sys.stderr) as bar:

        def progress(fraction: float, stage: str) -> None:
            bar.set_description_str(stage)

        engine = load_engine(settings, CacheSettings(), progress)
        used = {voice.id: voice.reference() for _, voice in pairs}
        engine.warm_up(list(used.values()), progress)
    weights = files_digest(weights_path(settings))
    about |= {
        "measured": "synthesis",
        "engine": engine.describe(),
        "weights_sha256": weights,
        "sampling": {**asdict(sampling), "nfe_step": args.nfe},
        "voices": list(used),
    }
    total = len(pairs) * len(args.nfe)
    return collect(total, lambda tick: evaluate.synthesis(engine, weights, judges, pairs, args.nfe, sampling, tick))


def collect(total: int, clips: Callable[[Callable[[str], None]], Iterator[Clip]]) -> list[Clip]:
    """All clips, under a progress bar on stderr."""
    with tqdm(total=total, unit="clip", file=sys.stderr, mininterval=1.0 if sys.stderr.isatty() else 15.0) as bar:

        def tick(done: str) -> None:
            bar.set_description_str(done, refresh=False)
            bar.update()

        return list(clips(tick))


def tell(args: argparse.Namespace, about: dict[str, Any], clips: list[Clip]) -> int:
    """Tables on stdout, JSON in a file; the exit code."""
    from ishowtts.bench import report
    from ishowtts.bench.gate import check
    from ishowtts.bench.quality import by_voice, figures, worst

    rows = figures(clips)
    checks = check(rows) if about["measured"] == "synthesis" else []
    tables = [report.quality_table(rows)]
    if args.by_voice:
        tables.append(report.quality_table(by_voice(clips)))
    if bad := worst(clips, args.worst):
        tables.append(report.worst_table(bad))
    if checks:
        tables.append(report.gate_table(checks))
    console = Console() if sys.stdout.isatty() else Console(width=240)
    for line in report.heading(about):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    for table in tables:
        console.print()
        console.print(table)
    if args.json:
        document = json.dumps(report.as_json(about, rows, checks, clips), ensure_ascii=False, indent=1, default=str)
        try:
            args.json.write_text(document + "\n", encoding="utf-8")
        except OSError as error:
            raise SpeechError(f"cannot write {args.json}: {error.strerror or error}") from error
    return int(args.gate and not all(c.passed for c in checks))


if __name__ == "__main__":
    sys.exit(main())
