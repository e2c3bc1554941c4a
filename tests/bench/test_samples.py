from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from ishowtts.bench.samples import Variant, make, texts, variants
from ishowtts.engine.catalog import F5_MINI
from ishowtts.settings import CacheSettings, ModelSettings
from ishowtts.voices.library import VoiceLibrary
from tests.fakes import FakeEngine


def test_each_way_has_a_name_of_its_own() -> None:
    ways = variants([7, 16], ["auto", "fp32"], ["auto", "upstream"], [2.0, 0.5])
    assert len(ways) == len({way.name for way in ways}) == 16
    assert Variant(7).name == "nfe7-cfg2"
    assert Variant(5, "fp32", "upstream", 0.5).name == "nfe5-cfg0.5-fp32-upstream"


def test_folders_hold_the_same_texts_in_the_same_voices(tmp_path: Path) -> None:
    loads: list[tuple[str, str]] = []

    def load(model: ModelSettings, cache: CacheSettings) -> FakeEngine:
        loads.append((model.dtype, model.backend))
        return FakeEngine()

    voices = VoiceLibrary(F5_MINI / "voices", [], None, {}).list()
    ways = variants([4, 8], ["auto", "fp32"], ["auto"], [2.0])
    done = list(make(ways, texts(1), voices, ModelSettings(), tmp_path, 3, load))
    assert loads == [("auto", "auto"), ("fp32", "auto")]
    names = [sorted(file.name for file in (tmp_path / way.name).iterdir()) for way in ways]
    assert all(name == names[0] for name in names)
    assert len(done) == len(ways) * len(names[0])
    listed = json.loads((tmp_path / "samples.json").read_text())
    assert set(listed["variants"]) == {way.name for way in ways}
    for sample in listed["samples"]:
        sound, rate = soundfile.read(tmp_path / sample["file"])
        assert len(sound) / rate == pytest.approx(sample["audio_seconds"], abs=1e-3)
        assert 0.01 < np.sqrt(np.mean(sound**2)) < 0.4
    of_one = [s for s in listed["samples"] if s["file"].endswith(names[0][0])]
    assert len({(s["voice"], s["seed"], s["text"]) for s in of_one}) == 1
