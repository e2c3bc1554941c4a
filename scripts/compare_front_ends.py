#!/usr/bin/env python3
"""Which tokens does a small model learn to speak from faster: one phoneme a frame, or characters?

Trains both recipes from scratch with the same shape, seed and budget, one after the other, and then lets both say the
same held-out sentences in the voices they were trained on. Stopped, it goes on when started again.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from tqdm import tqdm

from ishowtts.bench import extras
from ishowtts.errors import ConfigError, SpeechError

if TYPE_CHECKING:
    import numpy as np

    from ishowtts.training.corpus import Corpus
    from ishowtts.training.dit import DitShape, DitTraining

EPILOG = """\
examples:
  %(prog)s --corpus runs/corpus --steps 2000 --threads 1       equal steps; the rate of learning decays to its end
  %(prog)s --corpus runs/corpus --minutes 15                   equal time; the rate stays where it is
  %(prog)s --corpus runs/corpus --steps 20 --dim 64 --depth 1 --texts 3 --no-wer      does it run?

what is compared:
  phonemes     windows of speech with one phoneme a frame, by the durations in the corpus
  characters   whole texts in the official tokens (characters, pinyin) that the model spreads by itself
  A step has about as many frames of speech in both. Both models are told how long the true recording of a sentence is,
  so only the model is judged: phonemes get the true length of each phoneme, characters that of the sentence.

measures, of sentences that no speaker says in training:
  top1     share of sentences whose nearest recording, of --texts by the same speaker that last about as long, is
           their own (MFCCs, time warping); by chance 1 in --texts
  rank     mean place of their own recording; 1 is the best, by chance half of --texts + 0.5
  gap      distance to recordings of other texts minus that to their own
  WER/CER  Whisper base; the row "copy" is the true mel through the vocoder, the best that any model could reach
  ±        half of a 95 %% interval from redrawing the sentences

exit code: 0 done, 2 it could not be done
"""
RECIPES = ("phonemes", "characters")
COPY = "copy"
LENGTH = 280  # frames, 3 s


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpus", type=Path, default=Path("runs/corpus"), help="folder that prepare-corpus wrote")
    parser.add_argument("--out", type=Path, default=Path("runs/compare"), help="runs, sounds, result.json")
    budget = parser.add_argument_group("budget of each recipe, one of them or both")
    budget.add_argument("--steps", type=int, help="training steps")
    budget.add_argument("--minutes", type=float, help="training time, over all starts of this script")
    model = parser.add_argument_group("model")
    model.add_argument("--dim", type=int, default=256)
    model.add_argument("--depth", type=int, default=8)
    model.add_argument("--seed", type=int, default=0)
    model.add_argument("--device", default="cpu", help="cpu or cuda (default: %(default)s)")
    model.add_argument("--threads", type=int, default=0, metavar="N", help="CPU threads (default: one for each core)")
    judging = parser.add_argument_group("judging")
    judging.add_argument("--speakers", type=int, default=2, metavar="N", help="of each language (default: 2)")
    judging.add_argument("--texts", type=int, default=12, metavar="N", help="of each speaker (default: 12)")
    judging.add_argument("--vocoder", default="f5-mini", help="folder or hf:// (default: the embedded one)")
    judging.add_argument("--no-wer", action="store_true", help="no recogniser, only top1 and gap")
    args = parser.parse_args(argv)
    if not args.steps and not args.minutes:
        parser.error("say how long: --steps, --minutes or both")
    if args.texts < 2 or args.speakers < 1:
        parser.error("--texts must be at least 2, --speakers at least 1")
    return args


def main(argv: list[str] | None = None) -> int:
    args = parse(argv)
    try:
        return run(args)
    except SpeechError as error:
        print(f"error: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("stopped: start it again to go on", file=sys.stderr)
    return 2


def run(args: argparse.Namespace) -> int:
    # Imported here, so that --help does not wait for torch.
    from ishowtts.engine.device import set_threads
    from ishowtts.training.corpus import Corpus
    from ishowtts.training.dit import DitShape, DitTraining

    if not args.no_wer:
        extras.check(("wer",))
    threads = set_threads(args.threads)
    held_out = choose(Corpus(args.corpus), args.speakers, args.texts)
    ids = [u["id"] for group in held_out for u in group]
    corpus = Corpus(args.corpus, held_out=ids)
    shape = DitShape(dim=args.dim, depth=args.depth, heads=args.dim // 64)
    steps = args.steps or DitTraining.steps
    training = DitTraining(
        steps=steps,
        warmup=min(DitTraining.warmup, max(1, steps // 5)),
        seed=args.seed,
        sample_every=0,
        device=args.device,
        compile=False,  # only one of the recipes could be compiled
    )
    plan = {"corpus": str(args.corpus), "shape": asdict(shape), "training": asdict(training), "held_out": ids}
    keep(args.out / "plan.json", plan)
    for recipe in RECIPES:
        train(corpus, args.out, recipe, shape, training, args.minutes)
    return tell(args, threads, plan, judge(args, threads, corpus, held_out, training))


def choose(corpus: Corpus, speakers: int, texts: int) -> list[list[dict[str, Any]]]:
    """For the speakers heard most of each language, sentences said once in the corpus that last about 3 s."""
    once = {text for text, count in Counter(u["text"] for u in corpus.utterances).items() if count == 1}
    chosen = []
    for language in sorted({u["lang"] for u in corpus.training}):
        groups = [g for g in corpus.by_speaker.values() if g[0]["lang"] == language]
        for group in sorted(groups, key=len, reverse=True)[:speakers]:
            fit = sorted((u for u in group if u["text"] in once), key=lambda u: abs(u["frames"] - LENGTH))[:texts]
            if len(fit) < texts or len(group) == texts:
                raise ConfigError(f"{group[0]['speaker']} has too few sentences of their own: lower --texts")
            chosen.append(fit)
    return chosen


def keep(path: Path, plan: dict[str, Any]) -> None:
    """What is compared may not change between two starts. Raises `ConfigError`."""
    text = json.dumps(plan, ensure_ascii=False, indent=1)
    if path.exists() and path.read_text(encoding="utf-8") != text:
        raise ConfigError(f"{path.parent} holds a comparison with other options: use another --out")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def train(
    corpus: Corpus, out: Path, recipe: str, shape: DitShape, training: DitTraining, minutes: float | None
) -> None:
    """What is left of the budget."""
    from dataclasses import replace

    from ishowtts.training import dit

    saved = saved_run(out / recipe)
    spent = saved["seconds"] / 60 if saved else 0.0
    done = saved["step"] if saved else 0
    if done >= training.steps or (minutes is not None and spent >= minutes):
        return
    left = None if minutes is None else minutes - spent
    dit.train(corpus, out / recipe, shape, replace(training, tokens=recipe), left)  # type: ignore[arg-type]


def saved_run(run: Path) -> dict[str, Any] | None:
    import torch

    path = run / "last.pt"
    return torch.load(path, map_location="cpu", weights_only=True) if path.exists() else None


def say(
    corpus: Corpus, out: Path, recipe: str, training: DitTraining, sentences: list[dict[str, Any]]
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Log-mels by id, made once and kept, and what was spent on the model that says them."""
    import numpy as np

    from ishowtts.training.batches import make_batches
    from ishowtts.training.dit import make_cfm
    from ishowtts.training.samples import averaged, infill, prompt_for

    saved = saved_run(out / recipe)
    if saved is None:
        raise ConfigError(f"{out / recipe} holds no model: the budget is too small for one step")
    cfm = averaged(partial(make_cfm, saved["shape"], len(saved["vocab"]), corpus.norm), saved["ema"], training.device)
    batches = make_batches(recipe, corpus, training.windows, training.frames)  # type: ignore[arg-type]
    folder = out / recipe / f"said-{saved['step']:06}"
    folder.mkdir(parents=True, exist_ok=True)
    made = {}
    for u in tqdm(sentences, desc=f"{recipe}: speaking", file=sys.stderr):
        path = folder / f"{u['id']}.npy"
        if not path.exists():
            np.save(path, infill(cfm, batches, prompt_for(corpus, u), u, training.device).numpy())
        made[u["id"]] = np.load(path)
    return made, {"steps": saved["step"], "frames": saved["frames"], "minutes": saved["seconds"] / 60}


def judge(
    args: argparse.Namespace, threads: int, corpus: Corpus, held_out: list[list[dict[str, Any]]], training: DitTraining
) -> tuple[dict[str, dict[str, Any]], list[dict[str, Any]]]:
    """What each recipe was given, and a row for each sentence of each recipe and of the vocoder's copies."""
    import torch

    from ishowtts.audio.encode import encode_file
    from ishowtts.bench.cache import Cache, Sound, default_folder
    from ishowtts.bench.judges import Judges, Measure, compare
    from ishowtts.bench.nearest import place
    from ishowtts.engine.features import SAMPLE_RATE
    from ishowtts.engine.vocoder import load_vocoder
    from ishowtts.training.samples import note_floors

    measures: tuple[Measure, ...] = ("wer",)
    judges = Judges(Cache(default_folder()), measures, threads)
    vocoder = load_vocoder(args.vocoder)
    note_floors(vocoder, corpus.norm)
    sentences = [u for group in held_out for u in group]
    true = {u["id"]: corpus.log_mel(u) for u in sentences}
    spent, rows = {}, []
    for recipe in (*RECIPES, COPY):
        made = true
        if recipe != COPY:
            made, spent[recipe] = say(corpus, args.out, recipe, training, sentences)
        (args.out / "sounds" / recipe).mkdir(parents=True, exist_ok=True)
        bar = tqdm(total=len(sentences), desc=f"{recipe}: listening", file=sys.stderr)
        for group in held_out:
            for own, u in enumerate(group):
                sound = Sound(vocoder(torch.from_numpy(made[u["id"]])).clamp(-1, 1).numpy(), SAMPLE_RATE)
                (args.out / "sounds" / recipe / f"{u['id']}.wav").write_bytes(
                    encode_file([sound.pcm], "wav", SAMPLE_RATE)
                )
                row = {"recipe": recipe, **{key: u[key] for key in ("id", "lang", "speaker", "text")}}
                row["seconds"] = sound.seconds
                if recipe != COPY:
                    row |= asdict(place(made[u["id"]], [true[v["id"]] for v in group], own))
                if not args.no_wer:
                    heard = judges.hear(sound, u["lang"])
                    errors, length, _ = compare(u["text"], heard, u["lang"])
                    row |= {"heard": heard, "errors": errors, "length": length}
                rows.append(row)
                bar.update()
        bar.close()
    return spent, rows


def summary(rows: list[dict[str, Any]], spent: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """A line for each recipe and language."""
    from ishowtts.bench.clip import Clip
    from ishowtts.bench.quality import figures

    lines = []
    for recipe, lang in dict.fromkeys((row["recipe"], row["lang"]) for row in rows):
        same = [row for row in rows if (row["recipe"], row["lang"]) == (recipe, lang)]
        line = {"recipe": recipe, "lang": lang, "sentences": len(same), **spent.get(recipe, {})}
        if recipe != COPY:
            line["nearest"] = sum(row["rank"] == 1 for row in same)
            line["top1"] = line["nearest"] / len(same)
            line["rank"] = sum(row["rank"] for row in same) / len(same)
            line["gap"] = sum(row["others"] - row["own"] for row in same) / len(same)
        heard = [
            Clip(row["id"], None, lang, "sentence", row["speaker"], row["text"], row["seconds"], errors=row["errors"],
                 length=row["length"])
            for row in same if "errors" in row
        ]  # fmt: skip
        for figure in figures(heard):
            line |= {"error_rate": figure.error_rate, "error_rate_error": figure.error_rate_error}
        lines.append(line)
    return lines


def tell(
    args: argparse.Namespace,
    threads: int,
    plan: dict[str, Any],
    judged: tuple[dict[str, dict[str, Any]], list[dict[str, Any]]],
) -> int:
    """The table on stdout, everything in result.json."""
    from ishowtts.bench import asr, nearest
    from ishowtts.bench.machine import machine, versions
    from ishowtts.training.samples import CFG, NFE, SWAY

    spent, rows = judged
    lines = summary(rows, spent)
    table = Table(box=None, pad_edge=False)
    for head in ("recipe", "", "sentences", "steps", "M frames", "minutes", "top1", "rank", "gap", "errors"):
        table.add_column(head, no_wrap=True)
    for line in lines:
        cells = [""] * 6
        if "steps" in line:
            cells = [str(line["steps"]), f"{line['frames'] / 1e6:.2f}", f"{line['minutes']:.1f}"]
            cells += [f"{line['top1']:.2f}", f"{line['rank']:.1f}", f"{line['gap']:.2f}"]
        table.add_row(line["recipe"], line["lang"], str(line["sentences"]), *cells, errors(line))
    console = Console() if sys.stdout.isatty() else Console(width=160)
    console.print(table)
    said = f"NFE {NFE}, CFG {CFG:g}, sway {SWAY:g}, lengths of the true recordings; top1 by chance {1 / args.texts:.2f}"
    console.print(said, highlight=False)
    result = args.out / "result.json"
    about = {"machine": machine(threads), "versions": versions(), "judges": {"top1": nearest.NAME, "wer": asr.NAME}}
    everything = {**about, "said": said, "plan": plan, "summary": lines, "sentences": rows}
    result.write_text(json.dumps(everything, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    console.print(f"{result}; sounds in {args.out / 'sounds'}", highlight=False)
    return 0


def errors(line: dict[str, Any]) -> str:
    if line.get("error_rate") is None:
        return ""
    spread = line["error_rate_error"]
    unit = "CER" if line["lang"] == "zh" else "WER"
    return f"{unit} {100 * line['error_rate']:.1f}" + ("" if spread is None else f" ±{100 * spread:.1f}") + " %"


if __name__ == "__main__":
    sys.exit(main())
