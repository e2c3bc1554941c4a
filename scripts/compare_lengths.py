#!/usr/bin/env python3
"""How far is a text's length, as it is planned from a reference clip, from how long it really takes?

    python scripts/compare_lengths.py corpus/manifest.jsonl.gz
    python scripts/compare_lengths.py corpus/manifest.jsonl.gz --json .agent/benchmarks/text-lengths.json

Two rules: upstream's (bytes over bytes, speed 0.3 below ten) and this server's (syllables at the clip's pace). Every
utterance of the manifest is predicted from another one of its speaker. scripts/make_teacher_speech.py writes such a
manifest; one of recordings needs "text", "lang", "speaker" and "seconds" (of speech, edges trimmed) on each line.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from ishowtts.errors import SpeechError


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--seed", type=int, default=0, help="draws the clips (default: %(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the table")
    args = parser.parse_args(argv)
    if args.json is not None and not args.json.absolute().parent.is_dir():
        parser.error(f"--json: there is no folder {args.json.absolute().parent}")
    from ishowtts.bench.tables import plain_table
    from ishowtts.bench.text_lengths import RULES, measure, pairs, read_manifest

    try:
        rows = measure(list(pairs(read_manifest(args.manifest), args.seed)))
    except SpeechError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    table = plain_table("language", "words", "rule", "pairs", "error", "90 % within", "median too long by")
    for row in rows:
        figures = f"{100 * row.error:.1f} %", f"{100 * row.worst:.0f} %", f"{100 * row.bias:+.1f} %"
        table.add_row(row.language, row.size, row.rule, str(row.pairs), *figures)
    console = Console() if sys.stdout.isatty() else Console(width=120)
    console.print(table)
    near = plain_table("from a clip of 21 bytes in 2 s", *RULES)
    for text in ("Hi.", "Hi there.", "Hi there!!", "Hi there, you!", "好的。", "好的，好。", "好的，我们走。"):
        lengths = [f"{rule(text, 'Some call me nature.', 2.0):.2f} s" for rule in RULES.values()]
        near.add_row(text, *lengths)
    console.print()
    console.print(near)
    if args.json:
        args.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
