from __future__ import annotations

import math
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ishowtts.errors import LibraryFull
from ishowtts.voices.folder import FILE, UPLOADS, read_voice
from ishowtts.voices.library import VoiceLibrary
from ishowtts.voices.store import VoiceStore
from tests.voices.clips import clip

KEYS = {"text": "What is said.", "name": "Ann", "language": "en"}
QUALITY = dict.fromkeys(
    ("seconds", "speech_seconds", "silence", "clipping", "snr_db", "bandwidth_hz", "timbre", "level_db"), 1.5
)
UPLOAD = {"at": "2030-01-01T00:00:00+00:00", "consent": True, "transcribed": False,
          "loudness_lufs": -23.0, "true_peak_dbtp": -3.0}  # fmt: skip
TABLES = {"upload": UPLOAD, "quality": QUALITY}
ONE, TWO = clip("bella"), clip("emma")


def make(root: Path, *, voices: int = 10, size: int = 2**24, keep: float = 1000) -> VoiceStore:
    return VoiceStore(root, voices, size, keep)


def library(root: Path) -> VoiceLibrary:
    return VoiceLibrary(None, [], root, {})


def files(root: Path) -> set[str]:
    return {str(p.relative_to(root / UPLOADS)) for p in (root / UPLOADS).rglob("*") if p.is_file()} - {".lock"}


def age(root: Path, seconds: float) -> None:
    for path in (root / UPLOADS).rglob("*"):
        os.utime(path, (time.time() - seconds,) * 2)


def test_what_is_written_is_a_voice_that_a_restart_finds(tmp_path: Path) -> None:
    make(tmp_path).write("ann", KEYS, TABLES, ONE)
    voice = library(tmp_path).get("ann")
    assert (voice.name, voice.text, voice.language, voice.source) == ("Ann", "What is said.", "en", "upload")
    assert voice.audio.read_bytes() == ONE
    assert voice.upload is not None
    assert voice.upload.quality.seconds == 1.5


def test_a_new_clip_leaves_the_old_one_until_nobody_can_use_it(tmp_path: Path) -> None:
    store = make(tmp_path, keep=100)
    store.write("ann", KEYS, TABLES, ONE)
    old = library(tmp_path).get("ann").audio
    age(tmp_path, 1000)
    store.write("ann", {**KEYS, "text": "Other words."}, TABLES, TWO)
    new = library(tmp_path).get("ann")
    assert (new.text, new.audio.read_bytes()) == ("Other words.", TWO)
    store.write("bob", KEYS, TABLES, ONE)
    assert old.read_bytes() == ONE, "its time counts from when it was replaced, not from when it was made"
    age(tmp_path, 200)
    store.write("cay", KEYS, TABLES, ONE)
    assert not old.exists()
    assert new.audio.exists()


def test_a_removed_voice_is_gone_at_once_and_its_clip_later(tmp_path: Path) -> None:
    store = make(tmp_path, keep=100)
    store.write("ann", KEYS, TABLES, ONE)
    audio = library(tmp_path).get("ann").audio
    store.remove("ann")
    assert library(tmp_path).list() == []
    assert audio.exists()
    age(tmp_path, 200)
    store.remove("ann")
    assert files(tmp_path) == set()
    assert not audio.parent.exists()


def test_a_sweep_needs_no_change(tmp_path: Path) -> None:
    store = make(tmp_path, keep=100)
    assert store.sweep() == math.inf
    assert not (tmp_path / UPLOADS).exists(), "a look makes no folder"
    for id in ("ann", "bob"):
        store.write(id, KEYS, TABLES, ONE)
    assert store.sweep() == math.inf
    store.remove("ann")
    assert store.sweep() == pytest.approx(100, abs=5)
    assert (tmp_path / UPLOADS / "ann").exists()
    age(tmp_path, 200)
    assert store.sweep() == math.inf
    assert not (tmp_path / UPLOADS / "ann").exists()
    assert [voice.id for voice in library(tmp_path).list()] == ["bob"]


def test_what_cannot_be_removed_keeps_nothing_else(tmp_path: Path) -> None:
    store = make(tmp_path, keep=100)
    for id in ("ann", "bob", "cay"):
        store.write(id, KEYS, TABLES, ONE)
    (tmp_path / UPLOADS / "bob" / "a-folder").mkdir()
    store.remove("ann")
    store.remove("cay")
    age(tmp_path, 200)
    with pytest.raises(OSError, match="a-folder"):
        store.sweep()
    assert not list((tmp_path / UPLOADS).glob("[ac]*"))
    store.update("bob", {**KEYS, "name": "Bobby"}, TABLES, library(tmp_path).get("bob").audio.name)


def test_words_change_without_the_clip(tmp_path: Path) -> None:
    store = make(tmp_path)
    store.write("ann", KEYS, TABLES, ONE)
    audio = library(tmp_path).get("ann").audio
    store.update("ann", {**KEYS, "name": "Anna"}, TABLES, audio.name)
    voice = library(tmp_path).get("ann")
    assert (voice.name, voice.audio) == ("Anna", audio)


def test_the_library_has_bounds(tmp_path: Path) -> None:
    store = make(tmp_path, voices=2)
    store.write("ann", KEYS, TABLES, ONE)
    store.write("bob", KEYS, TABLES, ONE)
    store.write("bob", KEYS, TABLES, TWO)
    with pytest.raises(LibraryFull, match="max_voices"):
        store.write("cay", KEYS, TABLES, ONE)
    with pytest.raises(LibraryFull, match="max_mb"):
        make(tmp_path, size=len(ONE) + len(TWO)).write("bob", KEYS, TABLES, ONE)
    assert {voice.id for voice in library(tmp_path).list()} == {"ann", "bob"}


@pytest.mark.parametrize("id", ["../ann", "a/b", "", ".", "..", "a\n", "A", "a" * 65, "/etc/passwd"])
def test_an_id_that_is_none_never_becomes_a_path(tmp_path: Path, id: str) -> None:
    store = make(tmp_path / "voices")
    for change in (lambda: store.write(id, KEYS, TABLES, ONE), lambda: store.remove(id)):
        with pytest.raises(ValueError, match="not a voice id"):
            change()
    assert files(tmp_path / "voices") == set()


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=50))
def test_any_text_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, said: str) -> None:
    root = tmp_path_factory.mktemp("voices")
    text = f"a{said}"
    make(root).write("ann", {**KEYS, "text": text, "name": "n"}, TABLES, b"fake")
    assert read_voice(root / UPLOADS / "ann", "upload").text == " ".join(text.split())


WRITER = """
import sys
from pathlib import Path
from tests.voices.test_store import KEYS, TABLES, ONE, TWO, make
root = Path(sys.argv[1])
store = make(root, keep=0, voices=100)
print("ready", flush=True)
while True:
    for text, audio in (("one", ONE), ("two", TWO)):
        store.write("ann", {**KEYS, "text": text}, TABLES, audio)
    store.remove("bob")
    store.write("bob", KEYS, TABLES, ONE)
"""


def test_a_writer_that_is_killed_leaves_whole_voices(tmp_path: Path) -> None:
    make(tmp_path).write("ann", {**KEYS, "text": "one"}, TABLES, ONE)
    for round_ in range(12):
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.003 * round_)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        voices = {voice.id: voice for voice in library(tmp_path).list()}
        ann = voices["ann"]
        assert ann.audio.read_bytes() == {"one": ONE, "two": TWO}[ann.text]
        assert set(voices) <= {"ann", "bob"}
    store = make(tmp_path, keep=0)
    for _ in range(2):
        store.remove("bob")
        age(tmp_path, 10)
    store.remove("bob")
    assert all(re.fullmatch(rf"ann/({FILE}|ref-\w+\.flac)", name) for name in files(tmp_path)), "no litter is kept"


def test_two_processes_do_not_mix(tmp_path: Path) -> None:
    """The bound on voices holds however many write."""
    script = """
import sys
from pathlib import Path
from ishowtts.errors import LibraryFull
from tests.voices.test_store import KEYS, TABLES, make
for i in range(20):
    try:
        make(Path(sys.argv[1]), voices=15).write(f"{sys.argv[2]}{i}", KEYS, TABLES, b"x")
    except LibraryFull:
        pass
"""
    both = [subprocess.Popen([sys.executable, "-c", script, str(tmp_path), name]) for name in "ab"]
    assert [process.wait() for process in both] == [0, 0]
    assert len(list((tmp_path / UPLOADS).glob(f"*/{FILE}"))) == 15
