from __future__ import annotations

import json
from pathlib import Path

import pytest

from ishowtts.errors import NotFound, VerdictsFull
from ishowtts.store import listening
from ishowtts.store.listening import Better, Listening, first_is_a, sign_test

ANN, BEN = "a" * 32, "b" * 32


@pytest.fixture
def test(tmp_path: Path) -> Listening:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        for name in ("x", "y", "z"):
            (tmp_path / folder / f"{name}.wav").write_bytes(f"{folder}/{name}".encode())
    (tmp_path / "one/x.txt").write_text("What x says.\n", encoding="utf-8")
    (tmp_path / "one/alone.wav").write_bytes(b"")
    return Listening(tmp_path / "one", tmp_path / "two", tmp_path / "kept/verdicts.jsonl")


def test_only_pairs_are_heard_each_side_from_one_folder(test: Listening) -> None:
    pairs = test.pairs(ANN)
    assert sorted(pair.name for pair in pairs) == ["x", "y", "z"]
    assert {pair.name: pair.text for pair in pairs}["x"] == "What x says."
    for trial, pair in enumerate(pairs):
        heard = {side: test.clip(ANN, trial, side)[0].decode() for side in (1, 2)}
        first = "one" if first_is_a(ANN, pair.name) else "two"
        assert heard[1] == f"{first}/{pair.name}"
        assert {sound.partition("/")[0] for sound in heard.values()} == {"one", "two"}


def test_which_comes_first_is_a_coin() -> None:
    heads = sum(first_is_a(f"{i:032x}", "x") for i in range(1000))
    assert 400 < heads < 600


def test_verdicts_are_counted_for_the_folders_and_the_last_word_counts(test: Listening, tmp_path: Path) -> None:
    def prefer(session: str, trial: int, folder: str) -> None:
        first = first_is_a(session, test.pairs(session)[trial].name)
        test.judge(session, trial, 1 if (folder == "a") == first else 2, "")

    prefer(ANN, 0, "b")
    prefer(ANN, 0, "a")
    prefer(ANN, 1, "a")
    prefer(BEN, 0, "b")
    test.judge(BEN, 1, 0, "无法分辨")
    found = test.results()
    assert (found.sessions, found.a, found.b, found.same) == (2, 2, 1, 1)
    lines = (tmp_path / "kept/verdicts.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[-1])["note"] == "无法分辨"
    assert len(lines) == 5


def test_a_broken_line_is_passed_over(test: Listening, tmp_path: Path) -> None:
    test.judge(ANN, 0, 0, "")
    with (tmp_path / "kept/verdicts.jsonl").open("a") as file:
        file.write('{"cut\n[]\n7\n')
    assert test.results().same == 1


@pytest.mark.parametrize("trial", [-1, 3])
def test_no_such_pair(test: Listening, trial: int) -> None:
    better: Better = 1
    with pytest.raises(NotFound):
        test.judge(ANN, trial, better, "")
    with pytest.raises(NotFound):
        test.clip(ANN, trial, 1)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        Listening(tmp_path / "none", tmp_path, tmp_path / "verdicts").pairs(ANN)


def test_the_file_has_a_bound(test: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "MOST_VERDICT_BYTES", 100)
    test.judge(ANN, 0, 1, "")
    with pytest.raises(VerdictsFull):
        test.judge(ANN, 1, 1, "")


def test_signs() -> None:
    assert sign_test(0, 0) == 1
    assert sign_test(5, 5) == 1
    assert sign_test(10, 0) == pytest.approx(2 / 1024)
    assert sign_test(0, 10) == sign_test(10, 0)
