"""Who speaks in teacher speech: the house voices, each one pack of the teacher, and blends of packs.

A blend is a weighted mean of packs: a new identity, for cloning of unseen voices.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ishowtts.errors import ConfigError

HOUSE = {
    "en": ("af_heart", "af_bella", "am_michael", "am_fenrir", "bf_emma", "bm_george"),
    "zh": ("zf_xiaobei", "zf_xiaoxiao", "zm_yunjian", "zm_yunxi"),
}
# Left out: af_nicole whispers, am_santa plays a part, zf_xiaoni gets a third of the tones wrong.
PACKS = {
    "en": (
        "af_alloy", "af_aoede", "af_bella", "af_heart", "af_jessica", "af_kore", "af_nova", "af_river", "af_sarah",
        "af_sky", "am_adam", "am_echo", "am_eric", "am_fenrir", "am_liam", "am_michael", "am_onyx", "am_puck",
        "bf_alice", "bf_emma", "bf_isabella", "bf_lily", "bm_daniel", "bm_fable", "bm_george", "bm_lewis",
    ),
    "zh": ("zf_xiaobei", "zf_xiaoxiao", "zf_xiaoyi", "zm_yunjian", "zm_yunxi", "zm_yunxia", "zm_yunyang"),
}  # fmt: skip
# Seven Mandarin packs are few: a third of their blends get this much of an English one.
_GUEST, _GUESTS = 0.3, 1 / 3


@dataclass(frozen=True)
class Speaker:
    """`mix` maps voice packs to their weights."""

    name: str
    lang: str
    mix: dict[str, float]
    house: bool = False

    @property
    def british(self) -> bool:
        """Most of the voice is British, so the text is read that way."""
        return sum(w for pack, w in self.mix.items() if pack.startswith("b")) > sum(self.mix.values()) / 2


def house_speakers() -> list[Speaker]:
    return [Speaker(pack, lang, {pack: 1.0}, house=True) for lang, packs in HOUSE.items() for pack in packs]


def blend(lang: str, n: int, seed: int) -> Speaker:
    """The n-th blend of a language, 2 to 4 packs; depends on nothing but the three arguments."""
    rng = np.random.default_rng([seed, zlib.crc32(lang.encode()), n])
    guest = lang == "zh" and rng.random() < _GUESTS
    packs = rng.choice(PACKS[lang], int(rng.integers(2, 4 if guest else 5)), replace=False)
    weights = rng.dirichlet(np.full(len(packs), 1.5)) * (1 - _GUEST if guest else 1)
    mix = {str(pack): max(0.001, round(float(w), 3)) for pack, w in zip(packs, weights, strict=True)}
    if guest:
        mix[str(rng.choice(PACKS["en"]))] = _GUEST
    return Speaker(f"{lang}_mix{n:02}", lang, mix)


def write_speakers(path: Path, speakers: list[Speaker]) -> None:
    table = {s.name: {"lang": s.lang, "mix": s.mix, "house": s.house} for s in speakers}
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(json.dumps({"speakers": table}, indent=1) + "\n", encoding="utf-8")
    partial.replace(path)


def read_speakers(path: Path) -> list[Speaker]:
    """What `write_speakers` wrote, or a person in that form. Raises `ConfigError`."""
    try:
        table = json.loads(path.read_text(encoding="utf-8"))["speakers"]
        return [_speaker(name, entry) for name, entry in table.items()]
    except OSError as error:
        raise ConfigError(f"cannot read the speakers in {path}: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{path} is not a table of speakers: {error!r}") from error


def _speaker(name: str, entry: dict[str, Any]) -> Speaker:
    mix = {str(pack): float(weight) for pack, weight in entry["mix"].items()}
    if entry["lang"] not in HOUSE or not mix or min(mix.values()) <= 0:
        raise ValueError(f"{name}: lang is en or zh, and mix has at least one pack, each with a weight above 0")
    return Speaker(name, entry["lang"], mix, bool(entry.get("house", False)))


def gather(out: Path, given: Path | None, blended: int, seed: int) -> list[Speaker]:
    """The speakers of the set in `out` and those of the file `given`; without both, house voices.

    Blends are added until each language has numbers 0 to `blended` - 1; a name that is there keeps its mix. Raises
    `ConfigError` where `given` and `out` tell one name two ways.
    """
    known = {s.name: s for s in read_speakers(out)} if out.exists() else {}
    for speaker in read_speakers(given) if given else [] if known else house_speakers():
        if known.setdefault(speaker.name, speaker) != speaker:
            raise ConfigError(f"{speaker.name} is not the same voice in {given} and in {out}")
    for lang in HOUSE:
        for n in range(blended):
            speaker = blend(lang, n, seed)
            known.setdefault(speaker.name, speaker)
    return list(known.values())
