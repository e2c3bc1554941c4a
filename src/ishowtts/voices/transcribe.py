"""`python -m ishowtts.voices.transcribe MODEL LANGUAGE < samples`: what is said in a clip, in a process of its own.

Standard input is s16le, mono, 16 kHz, of our own making; LANGUAGE is en, zh or auto. The answer is a line of JSON with
`text` and `language`. The model is a folder on this machine: nothing is looked for elsewhere.
"""

from __future__ import annotations

from ishowtts.voices.limits import confine

MEMORY_MB, CPU_SECONDS = 8192, 300

if __name__ == "__main__":
    confine(MEMORY_MB, CPU_SECONDS)

# ruff: noqa: E402 - imports come after the limits
import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np

SAMPLE_RATE = 16_000
MAX_BYTES = 31 * 2 * SAMPLE_RATE


def why_not(model: Path | None) -> str | None:
    """What keeps clips from being transcribed here, as the end of a sentence; None when nothing does."""
    if model is None:
        return "this server has no transcriber (setting uploads.transcriber)"
    if find_spec("faster_whisper") is None:
        return 'the package for transcripts is not installed (pip install "ishowtts[transcribe]")'
    if not (model / "model.bin").is_file():
        return "the model of uploads.transcriber is not there"
    return None


def main(model: str, language: str) -> None:
    os.environ["HF_HUB_OFFLINE"] = "1"
    from faster_whisper import WhisperModel

    samples = np.frombuffer(sys.stdin.buffer.read(MAX_BYTES), "<i2").astype(np.float32) / 32768
    whisper = WhisperModel(model, device="cpu", compute_type="int8", cpu_threads=2, local_files_only=True)
    segments, info = whisper.transcribe(
        samples,
        language=None if language == "auto" else language,
        beam_size=5,
        temperature=0.0,
        condition_on_previous_text=False,
    )
    text = " ".join(segment.text.strip() for segment in segments)
    sys.stdout.write(json.dumps({"text": text, "language": info.language}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
