#!/usr/bin/env python3
"""Voices that f5-mini has never heard: a clip of each speaker held out of its training, made by the teacher.

    python scripts/make_unseen_voices.py --speakers data/teacher-speech/speakers.json --packs package/voices \\
        --out runs/unseen
    python scripts/evaluate_quality.py --voices-dir runs/unseen

The clips carry no alignment, so they are cloned as a user's clip is: from sound and text alone. Needs the extra
[teacher]; make_house_voices.py says where the voice packs are.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import soundfile as sf

from ishowtts.training.corpus import HELD_OUT_SPEAKERS
from ishowtts.training.reading import read
from ishowtts.training.teacher import SAMPLE_RATE, Teacher

TEXTS = {
    "en": [
        "Good evening, everybody. The second half begins as soon as the tea is ready.",
        "If you have a question, ask it now, because the next map takes all my attention.",
    ],
    "zh": [
        "今天的直播就快要开始了，先去倒一杯热茶，马上就回来。",
        "大家有什么问题可以现在问，等一下打起来我就没空看了。",
    ],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speakers", type=Path, required=True, help="speakers.json of the training speech")
    parser.add_argument("--packs", type=Path, required=True, help="folder of Kokoro voice packs (*.bin)")
    parser.add_argument("--out", type=Path, required=True, help="where the voice folders go")
    args = parser.parse_args()
    speakers = json.loads(args.speakers.read_text(encoding="utf-8"))["speakers"]
    if missing := HELD_OUT_SPEAKERS - speakers.keys():
        parser.error(f"{args.speakers} does not know {', '.join(sorted(missing))}")
    teacher = Teacher(args.packs)
    for number, speaker in enumerate(sorted(HELD_OUT_SPEAKERS)):
        lang, mix = speakers[speaker]["lang"], speakers[speaker]["mix"]
        text = TEXTS[lang][number % len(TEXTS[lang])]
        wav, _ = teacher.speak(read(text, lang), mix)
        folder = args.out / speaker.replace("_", "-")
        folder.mkdir(parents=True, exist_ok=True)
        sf.write(folder / "reference.flac", wav, SAMPLE_RATE, subtype="PCM_16")
        fields = {"name": speaker, "language": lang, "text": text, "audio": "reference.flac"}
        lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in fields.items()]
        (folder / "voice.toml").write_text("\n".join([*lines, "synthetic = true", ""]), encoding="utf-8")
        print(f"{folder.name:12} {len(wav) / SAMPLE_RATE:.2f} s  {text}")


if __name__ == "__main__":
    main()
