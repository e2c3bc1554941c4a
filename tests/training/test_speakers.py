from __future__ import annotations

import json
from pathlib import Path

import pytest

from ishowtts.errors import ConfigError
from ishowtts.training.speakers import PACKS, Speaker, blend, gather, house_speakers, read_speakers, write_speakers


def test_blends_are_two_to_four_packs_and_always_the_same() -> None:
    for lang in ("en", "zh"):
        blends = [blend(lang, n, seed=3) for n in range(100)]
        assert blends == [blend(lang, n, seed=3) for n in range(100)]
        assert blends[0].mix != blend(lang, 0, seed=4).mix
        assert {len(b.mix) for b in blends} == {2, 3, 4}
        assert len({json.dumps(b.mix) for b in blends}) == 100
        for b in blends:
            assert sum(b.mix.values()) == pytest.approx(1, abs=0.005)
            assert sum(w for pack, w in b.mix.items() if pack in PACKS[lang]) > 0.6
            assert not b.house
    assert blend("en", 7, 0).name == "en_mix07"


def test_the_house_is_ten_single_packs() -> None:
    house = house_speakers()
    assert len(house) == 10
    assert all(s.mix == {s.name: 1.0} and s.house for s in house)


def test_most_of_the_mix_decides_the_accent() -> None:
    assert Speaker("a", "en", {"bf_emma": 0.6, "af_sky": 0.4}).british
    assert not Speaker("a", "en", {"bf_emma": 0.4, "af_sky": 0.6}).british


def test_a_table_reads_back_and_a_set_keeps_its_speakers(tmp_path: Path) -> None:
    table = tmp_path / "speakers.json"
    first = gather(table, None, blended=2, seed=0)
    assert [s.name for s in first[-4:]] == ["en_mix00", "en_mix01", "zh_mix00", "zh_mix01"]
    write_speakers(table, first)
    assert read_speakers(table) == first
    assert gather(table, table, blended=0, seed=9) == first
    more = gather(table, None, blended=3, seed=9)
    assert more[: len(first)] == first
    assert [s.name for s in more[len(first) :]] == ["en_mix02", "zh_mix02"]


def test_one_name_is_one_voice(tmp_path: Path) -> None:
    write_speakers(tmp_path / "ours.json", [Speaker("x", "en", {"af_sky": 1.0})])
    write_speakers(tmp_path / "theirs.json", [Speaker("x", "en", {"af_nova": 1.0})])
    with pytest.raises(ConfigError, match="x is not the same voice"):
        gather(tmp_path / "ours.json", tmp_path / "theirs.json", 0, 0)


@pytest.mark.parametrize(
    "text", ["", "[]", '{"speakers": {"x": {}}}', '{"speakers": {"x": {"lang": "en", "mix": {}}}}']
)
def test_a_table_that_is_none_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "speakers.json").write_text(text)
    with pytest.raises(ConfigError, match=r"speakers\.json is not a table of speakers"):
        read_speakers(tmp_path / "speakers.json")
