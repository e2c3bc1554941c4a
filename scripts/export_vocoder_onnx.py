#!/usr/bin/env python3
"""Write the vocoder as an ONNX graph, check it in onnxruntime against torch, and say how trtexec takes it."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from ishowtts.errors import ConfigError, SpeechError

if TYPE_CHECKING:
    from ishowtts.engine.vocoder import Vocoder

LIMIT = 1e-6
"""Of the energy of the spectrum that the difference may have."""
EPILOG = """\
examples:
  %(prog)s vocoder.onnx                                     f5-mini's
  %(prog)s vocos.onnx --vocoder hf://charactr/vocos-mel-24khz   the one of the official models (downloaded)
  trtexec --onnx=vocoder.onnx --fp16 --saveEngine=vocoder.engine \\
    --minShapes=mel:1x100x64 --optShapes=mel:1x100x256 --maxShapes=mel:1x100x592

The graph takes `mel` (batch, 100, frames), log-mel as F5-TTS makes it, and gives `real` and `imag` (batch, 513, frames)
of the sound's STFT (1024, hop 256, Hann). The inverse STFT is not in it. Needs onnx and onnxruntime.

exit code: 0 written and the same as torch, 1 written and not the same, 2 it could not be written
"""


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path, help="the file to write")
    parser.add_argument("--vocoder", default="f5-mini", help="f5-mini, a folder or hf://owner/repo (default: f5-mini)")
    parser.add_argument("--frames", type=int, nargs="+", default=[64, 256, 512], metavar="N",
                        help="lengths that are checked and timed (default: 64 256 512)")  # fmt: skip
    args = parser.parse_args(argv)
    if any(not 2 <= frames <= 4096 for frames in args.frames):
        parser.error("--frames takes numbers from 2 to 4096")
    if not args.out.absolute().parent.is_dir():
        parser.error(f"out: there is no folder {args.out.absolute().parent}")
    return args


def main(argv: list[str] | None = None) -> int:
    args = parse(argv)
    try:
        return run(args)
    except SpeechError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def run(args: argparse.Namespace) -> int:
    try:
        import onnx
        import onnxruntime
    except ImportError as error:
        raise ConfigError(f"{error.name} is not installed: pip install onnx onnxruntime") from error
    import torch

    from ishowtts.engine.vocoder import load_vocoder
    from ishowtts.engine.vocoder_export import export

    vocoder = load_vocoder(args.vocoder)
    export(vocoder, args.out)
    size = args.out.stat().st_size / 2**20
    onnx.checker.check_model(str(args.out))
    print(f"{args.out}: {size:.1f} MiB; onnxruntime {onnxruntime.__version__}, torch {torch.__version__}")
    return compare(args, vocoder)


def compare(args: argparse.Namespace, vocoder: Vocoder) -> int:
    import onnxruntime
    import torch

    from ishowtts.bench.tables import plain_table
    from ishowtts.engine.features import N_MELS
    from ishowtts.engine.vocoder_export import INPUT, Spectrum, nmse

    session = onnxruntime.InferenceSession(str(args.out), providers=["CPUExecutionProvider"])
    ours = Spectrum(vocoder).eval().float()
    table = plain_table("frames", "difference / energy", "torch, ms", "onnxruntime, ms", "")
    worst = 0.0
    for frames in args.frames:
        mel = torch.randn(1, N_MELS, frames, generator=torch.Generator().manual_seed(frames))
        with torch.no_grad():
            expected = ours(mel)
            begun = time.perf_counter()
            ours(mel)
            torch_ms = 1000 * (time.perf_counter() - begun)
        session.run(None, {INPUT: mel.numpy()})
        begun = time.perf_counter()
        found = session.run(None, {INPUT: mel.numpy()})
        onnx_ms = 1000 * (time.perf_counter() - begun)
        error = max(nmse(a, torch.from_numpy(b)) for a, b in zip(expected, found, strict=True))
        worst = max(worst, error)
        table.add_row(
            str(frames), f"{error:.1e}", f"{torch_ms:.1f}", f"{onnx_ms:.1f}", "ok" if error < LIMIT else "OFF"
        )
    Console(width=120).print(table)
    return 0 if worst < LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
