#!/usr/bin/env python3
"""Load the model of the settings and say something in every voice, so that the next start finds all that can be kept:
downloaded weights and compiled code. For images and for the minutes before a stream."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from tqdm import tqdm

from ishowtts.errors import SpeechError

EPILOG = """\
examples:
  %(prog)s                             the usual settings
  %(prog)s --config my.toml --all      with every voice, not only the default ones

The server does the same at each start, before it says that it is ready. Compiled code is kept in `cache.folder`.

exit code: 0 done, 2 it could not be loaded, 130 interrupted
"""


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--config", type=Path, help="settings (default: as the server finds them)")
    parser.add_argument("--all", action="store_true", help="every voice (default: the default ones)")
    return parser.parse_args(argv)


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
    from ishowtts.app import make_library
    from ishowtts.engine.factory import EngineFactory
    from ishowtts.settings import load_settings

    settings = load_settings(args.config).settings
    wanted = set(settings.synthesis.default_voice.values())
    voices = [voice for voice in make_library(settings).list() if args.all or voice.id in wanted]
    begun = time.perf_counter()
    with tqdm(bar_format="{desc} ({elapsed})", file=sys.stderr) as bar:

        def progress(fraction: float, stage: str) -> None:
            bar.set_description_str(stage)

        engine = EngineFactory(settings.model, settings.cache)(progress)
        loaded = time.perf_counter()
        engine.warm_up([voice.reference() for voice in voices], progress)
    about = engine.describe()
    print(
        f"{about.get('model')} on {about.get('device')}, {about.get('dtype')}, {about.get('compile')}: "
        f"loaded in {loaded - begun:.1f} s, {len(voices)} voices warm in {time.perf_counter() - loaded:.1f} s more"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
