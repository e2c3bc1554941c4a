from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from ishowtts.bench.text_lengths import Utterance, measure, pairs, read_manifest
from ishowtts.errors import ConfigError

ROWS = [
    {"text": "Nobody asked him why it was so.", "lang": "en", "speaker": "a", "seconds": 9.9, "speed": 2.0,
     "durations": [40, 20, 20, 20, 5, 9, 9]},
    {"text": "Hi there.", "lang": "en", "speaker": "a", "seconds": 0.8},
    {"text": "你好。", "lang": "zh", "speaker": "b", "seconds": 0.9},
]  # fmt: skip


def test_a_teachers_edges_are_taken_off(tmp_path: Path) -> None:
    path = tmp_path / "manifest.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in ROWS)
    first, second, _ = read_manifest(path)
    assert first.seconds == pytest.approx((20 + 20 + 20 + 5) * 0.025 * 2.0)
    assert (second.seconds, second.words) == (0.8, 2)


def test_what_is_no_manifest_is_told(tmp_path: Path) -> None:
    (tmp_path / "m.jsonl").write_text('{"text": 1}\n')
    with pytest.raises(ConfigError, match="no manifest"):
        read_manifest(tmp_path / "m.jsonl")


def test_each_is_predicted_from_another_of_its_speaker() -> None:
    said = [Utterance("a", "en", f"This is sentence number {i} of them all.", 3.0) for i in range(5)]
    short = [Utterance("a", "en", "Hi there.", 0.7), Utterance("b", "en", "Alone.", 3.0)]
    made = list(pairs([*said, *short]))
    assert [utterance for _, utterance in made] == [*said, short[0]]
    assert all(clip in said and clip != utterance for clip, utterance in made)
    rows = {(row.rule, row.size): row for row in measure(made)}
    assert rows["upstream", "0–3"].bias > 1  # nine bytes: three times too long
    assert abs(rows["ours", "0–3"].bias) < 0.6
    assert rows["ours", "all"].pairs == 6
