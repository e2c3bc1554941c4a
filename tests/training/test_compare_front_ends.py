"""scripts/compare_front_ends.py on a tiny corpus: both recipes are trained, judged, and taken up again."""

from __future__ import annotations

import json
import shutil
from importlib import util
from pathlib import Path
from types import ModuleType

import pytest
import torch

SCRIPT = Path(__file__).parents[2] / "scripts" / "compare_front_ends.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = util.spec_from_file_location("compare_front_ends", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def many_texts(corpus_folder: Path, tmp_path: Path) -> Path:
    """The shared corpus with a text of its own for each utterance but u4 and u6."""
    folder = tmp_path / "corpus"
    shutil.copytree(corpus_folder, folder)
    index = json.loads((folder / "index.json").read_text())
    for u in index["utterances"]:
        u["text"] = "ab b." if u["id"] in ("u4", "u6") else f"ab b {u['id']}."
    (folder / "index.json").write_text(json.dumps(index))
    return folder


@pytest.mark.slow
def test_it_trains_judges_and_goes_on(
    script: ModuleType, many_texts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny = ["--dim", "64", "--depth", "1", "--speakers", "1", "--texts", "3", "--threads", "1", "--no-wer"]
    options = ["--corpus", str(many_texts), "--out", str(tmp_path / "out"), *tiny]
    assert script.main([*options, "--steps", "2"]) == 0
    shown = capsys.readouterr().out
    assert "phonemes" in shown
    assert "characters" in shown
    result = json.loads((tmp_path / "out" / "result.json").read_text())
    rows = result["sentences"]
    assert [row["recipe"] for row in rows] == ["phonemes"] * 3 + ["characters"] * 3 + ["copy"] * 3
    assert len({row["id"] for row in rows}) == 3
    assert not {"u4", "u6"} & {row["id"] for row in rows}
    assert all(1 <= row["rank"] <= 3 for row in rows if row["recipe"] != "copy")
    assert [(line["recipe"], line["steps"]) for line in result["summary"][:2]] == [("phonemes", 2), ("characters", 2)]
    trained = {r: torch.load(tmp_path / "out" / r / "last.pt", weights_only=True) for r in ("phonemes", "characters")}
    assert {r: saved["frontend"] for r, saved in trained.items()} == {"phonemes": "aligned", "characters": "official"}
    assert all(len(list((tmp_path / "out" / "sounds" / r).glob("*.wav"))) == 3 for r in (*trained, "copy"))

    before = {r: (tmp_path / "out" / r / "last.pt").stat().st_mtime_ns for r in trained}
    assert script.main([*options, "--steps", "2"]) == 0
    assert {r: (tmp_path / "out" / r / "last.pt").stat().st_mtime_ns for r in trained} == before
    assert json.loads((tmp_path / "out" / "result.json").read_text())["sentences"] == rows
    assert script.main([*options, "--steps", "3"]) == 2
    assert "other options" in capsys.readouterr().err


def test_too_few_sentences_are_told(script: ModuleType, corpus_folder: Path, tmp_path: Path) -> None:
    common = ["--corpus", str(corpus_folder), "--out", str(tmp_path / "out"), "--no-wer", "--threads", "1"]
    assert script.main([*common, "--steps", "1"]) == 2
    assert not (tmp_path / "out").exists()


def test_a_budget_is_asked_for(script: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        script.parse([])
    assert "--steps, --minutes or both" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        script.parse(["--help"])
    assert "examples:" in capsys.readouterr().out
