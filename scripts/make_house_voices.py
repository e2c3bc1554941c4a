#!/usr/bin/env python3
"""Make the reference clips of f5-mini's own voices with the teacher, each with its text and exact alignment.

    npm pack kokoro-js@1.2.1 && tar xzf kokoro-js-1.2.1.tgz
    python scripts/make_house_voices.py --packs package/voices --out src/ishowtts/assets/f5-mini/voices

Needs the extra [teacher]. The sentences were written for this project; the voices are synthetic. Which clip a voice is
cloned from matters: seven of them got, out of ten sentences (eight in Mandarin), one after which f5-mini speaks well,
by the mean DistillMOS of three others.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile as sf

from ishowtts.training.corpus import align
from ishowtts.training.reading import read
from ishowtts.training.teacher import SAMPLE_RATE, Teacher


@dataclass(frozen=True)
class House:
    pack: str
    id: str
    name: str
    language: str
    description: str
    text: str


VOICES = [
    House("af_heart", "heart", "Heart", "en", "American woman, warm",
          "New followers get a shout-out at the end of every round, so stay close."),
    House("af_bella", "bella", "Bella", "en", "American woman, bright",
          "I read the chat between games, so write whatever comes to your mind."),
    House("bf_emma", "emma", "Emma", "en", "British woman, clear",
          "Thanks for dropping by tonight. Grab a drink and make yourself at home."),
    House("am_michael", "michael", "Michael", "en", "American man, calm",
          "We are starting in a moment, and the first question is already waiting."),
    House("am_fenrir", "fenrir", "Fenrir", "en", "American man, deep",
          "Welcome back, everybody. Tonight we finish the story we began last week."),
    House("bm_george", "george", "George", "en", "British man, measured",
          "The kettle is on, the map is loaded, and we have the whole evening."),
    House("zf_xiaobei", "xiaobei", "晓北", "zh", "普通话女声，亲切",
          "大家晚上好，欢迎来到直播间，今天我们一起玩一个新游戏。"),
    House("zf_xiaoxiao", "xiaoxiao", "晓晓", "zh", "普通话女声，清亮",
          "今天的节目就到这里，感谢大家的陪伴，我们明天再见。"),
    House("zm_yunjian", "yunjian", "云健", "zh", "普通话男声，沉稳",
          "外面下着小雨，我泡了一杯热茶，陪大家慢慢聊天。"),
    House("zm_yunxi", "yunxi", "云希", "zh", "普通话男声，年轻",
          "谢谢你的礼物，老板大气，下一首歌你想听什么呢？"),
]  # fmt: skip

TEMPLATE = """\
name = "{name}"
language = "{language}"
text = "{text}"
audio = "reference.flac"
description = "{description}"
license = "Apache-2.0 (speech of Kokoro-82M, voice pack {pack})"
synthetic = true

# What is spoken in each mel frame (93.75 a second).
[alignment]
symbols = {symbols}
frames = {frames}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packs", type=Path, required=True, help="folder of Kokoro voice packs (*.bin)")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    teacher = Teacher(args.packs)
    for voice in VOICES:
        phonemes = read(voice.text, voice.language, british=voice.pack.startswith("b"))
        wav, durations = teacher.speak(phonemes, {voice.pack: 1.0})
        row = {
            "id": voice.id, "lang": voice.language, "speaker": voice.pack, "text": voice.text,
            "phonemes": phonemes, "durations": durations,
        }  # fmt: skip
        clip = align(row, wav.astype(np.float32), set(teacher.vocab))
        folder = args.out / voice.id
        folder.mkdir(parents=True, exist_ok=True)
        sf.write(folder / "reference.flac", clip.wav, SAMPLE_RATE, subtype="PCM_16")
        symbols = "[" + ", ".join(f'"{s}"' for s in clip.tokens) + "]"
        (folder / "voice.toml").write_text(
            TEMPLATE.format(
                name=voice.name, language=voice.language, text=voice.text, description=voice.description,
                pack=voice.pack, symbols=symbols, frames=clip.durations,
            ),
            encoding="utf-8",
        )  # fmt: skip
        print(f"{voice.id:10} {len(clip.wav) / SAMPLE_RATE:.2f} s  {voice.text}")


if __name__ == "__main__":
    main()
