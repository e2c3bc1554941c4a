from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ishowtts.engine import features
from ishowtts.errors import ConfigError
from ishowtts.training import corpus, shards
from ishowtts.training.shards import ShardWriter, Totals, check, read_manifest
from ishowtts.training.speakers import house_speakers
from ishowtts.training.speech_plan import plan
from ishowtts.training.texts import Texts
from tests.training.tones import VOCAB, say

LIMIT = 80_000


def recordings(n: int) -> list[tuple[dict[str, Any], bytes]]:
    planned = islice(plan("abc123", "en", Texts(sentences=["a plain sentence.", "and more."]), house_speakers(), 0), n)
    spoken = [say(p) for p in planned]
    return [(s.row, s.ogg) for s in spoken if s.row is not None]


def write(folder: Path, made: list[tuple[dict[str, Any], bytes]], **options: Any) -> None:
    (folder / "vocab.json").write_text(json.dumps(VOCAB))
    with ShardWriter(folder, limit=LIMIT, **options) as writer:
        for row, ogg in made:
            writer.add(row, ogg)


def test_what_is_written_is_what_the_corpus_reads(tmp_path: Path) -> None:
    made = recordings(40)
    write(tmp_path, made)
    assert len(made) == 40
    files = sorted(tmp_path.glob("shard-*.tar"))
    assert len(files) > 2
    assert all(file.stat().st_size <= LIMIT for file in files)
    assert check(tmp_path, set(VOCAB)) == []
    read = list(corpus.read_shards(tmp_path))
    assert [u.id for u in read] == [row["id"] for row, _ in made]
    assert [u.text for u in read] == [row["text"] for row, _ in made]
    assert all(sum(u.durations) == len(u.wav) // 256 for u in read)
    assert shards.UNIT == corpus.UNIT
    assert shards.SAMPLE_RATE == features.SAMPLE_RATE


def test_a_second_run_fills_the_last_shard_and_leaves_the_finished_ones(tmp_path: Path) -> None:
    made = recordings(30)
    (tmp_path / "once").mkdir()
    (tmp_path / "twice").mkdir()
    write(tmp_path / "once", made)
    write(tmp_path / "twice", made[:13])
    write(tmp_path / "twice", made[13:])
    for once in sorted((tmp_path / "once").glob("*")):
        assert once.read_bytes() == (tmp_path / "twice" / once.name).read_bytes(), once.name


def test_a_kill_between_shard_and_manifest_loses_no_row_and_doubles_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = recordings(8)
    write(tmp_path, made[:4])
    replace = shards._replace

    def killed(path: Path, how: Any) -> None:
        if path.name.startswith("manifest"):
            raise KeyboardInterrupt
        replace(path, how)

    with monkeypatch.context() as patch:
        patch.setattr(shards, "_replace", killed)
        with pytest.raises(KeyboardInterrupt):
            write(tmp_path, made[4:6])
    assert len(read_manifest(tmp_path)) == 4
    assert check(tmp_path, set(VOCAB)) == []
    write(tmp_path, made[4:])
    assert [row["id"] for row in read_manifest(tmp_path)] == [row["id"] for row, _ in made]
    assert check(tmp_path, set(VOCAB)) == []


def test_everything_is_on_disk_without_an_end_when_its_time_has_come(tmp_path: Path) -> None:
    made = recordings(3)
    writer = ShardWriter(tmp_path, every=0)
    for n, (row, ogg) in enumerate(made, 1):
        writer.add(row, ogg)
        assert len(read_manifest(tmp_path)) == n
    with pytest.raises(ConfigError, match="another run is writing"):
        ShardWriter(tmp_path)


def test_totals_count_by_language() -> None:
    totals = Totals.of([row for row, _ in recordings(10)])
    assert totals.utterances == {"en": 10}
    assert totals.seconds["en"] == pytest.approx(sum(row["seconds"] for row, _ in recordings(10)))
    assert len(totals.speakers["en"]) == 6


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"durations": [10, 2, 2]}, "durations say"),
        ({"seconds": 9.0}, "the row says 9.0"),
        ({"phonemes": "ab"}, "durations for 2 phonemes"),
    ],
)
def test_check_finds_a_row_that_does_not_fit(tmp_path: Path, change: dict[str, Any], complaint: str) -> None:
    (row, ogg), other = recordings(2)
    write(tmp_path, [({**row, **change}, ogg), other])
    wrong = check(tmp_path, set(VOCAB))
    assert any(line.startswith(row["id"]) and complaint in line for line in wrong)
    assert not any(line.startswith(other[0]["id"]) for line in wrong)


def test_a_lost_shard_is_found_and_a_broken_one_is_not_written_over(tmp_path: Path) -> None:
    write(tmp_path, recordings(3))
    shard = tmp_path / "shard-000.tar"
    whole = shard.read_bytes()
    shard.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ConfigError, match=r"shard-000\.tar"):
        ShardWriter(tmp_path)
    shard.unlink()
    assert len(check(tmp_path, set(VOCAB))) == 3
    (tmp_path / "manifest.jsonl.gz").write_bytes(b"\x1f\x8b junk")
    with pytest.raises(ConfigError, match="manifest"):
        read_manifest(tmp_path)


def test_opus_keeps_every_sample(tmp_path: Path) -> None:
    row, ogg = recordings(1)[0]
    assert len(ogg) * 8 / row["seconds"] < 45_000
    write(tmp_path, [(row, ogg)])
    (heard,) = corpus.read_shards(tmp_path)
    assert np.abs(heard.wav).max() <= 1.0
