from pathlib import Path

import numpy as np

from ishowtts.bench.cache import Cache, Sound, files_digest

TONE = np.sin(np.arange(4800) / 20).astype(np.float32) * 0.5


def test_a_sound_is_made_once_and_is_the_same_from_disk(tmp_path: Path) -> None:
    made: list[int] = []

    def make() -> Sound:
        made.append(1)
        return Sound(TONE, 24_000, 0.25, 0.2)

    first = Cache(tmp_path).sound({"text": "你好"}, make)
    second = Cache(tmp_path).sound({"text": "你好"}, make)
    assert len(made) == 1
    assert first.digest == second.digest
    assert (second.wall_seconds, second.cpu_seconds, second.seconds) == (0.25, 0.2, 0.2)
    assert np.abs(first.pcm - TONE).max() < 1e-4


def test_another_key_is_another_sound(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    loud = cache.sound({"seed": 0}, lambda: Sound(TONE, 24_000))
    quiet = cache.sound({"seed": 1}, lambda: Sound(TONE / 2, 24_000))
    assert loud.digest != quiet.digest


def test_fresh_times_again(tmp_path: Path) -> None:
    Cache(tmp_path).sound({}, lambda: Sound(TONE, 24_000, 9.0))
    assert Cache(tmp_path, fresh=True).sound({}, lambda: Sound(TONE, 24_000, 1.0)).wall_seconds == 1.0
    assert Cache(tmp_path).sound({}, lambda: Sound(TONE, 24_000, 5.0)).wall_seconds == 1.0


def test_values_are_kept(tmp_path: Path) -> None:
    assert Cache(tmp_path).value({"a": 1}, lambda: "你好") == "你好"
    assert Cache(tmp_path).value({"a": 1}, lambda: "other") == "你好"
    assert Cache(tmp_path).value({"a": 2}, lambda: "other") == "other"


def test_a_changed_file_changes_the_digest(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"a")
    before = files_digest(tmp_path)
    (tmp_path / "model.bin").write_bytes(b"b")
    assert files_digest(tmp_path) != before
