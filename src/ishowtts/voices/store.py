"""Uploaded voices on disk, whole at every moment: `voices_dir/_uploads/<id>/voice.toml` and the clip it names.

A clip's file is named by its hash and never written twice; voice.toml is replaced in one rename, and that is the whole
change. A crash before it leaves the old voice (and a clip nobody names), after it the new one. What no voice.toml names
any more stays until whoever speaks with it must have finished, and is then swept away: by
the server at its time, or by a later change.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import io
import json
import math
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from ishowtts.errors import LibraryFull
from ishowtts.voices.folder import FILE, UPLOADS
from ishowtts.voices.voice import is_voice_id

Table = Mapping[str, str | float | bool]


class VoiceStore:
    """All calls block, and lock out every other process that changes the same folder."""

    def __init__(self, voices_dir: Path, max_voices: int, max_bytes: int, keep_seconds: float) -> None:
        """`keep_seconds`: how long a clip that was replaced may still be in use."""
        self.root = voices_dir / UPLOADS
        self._max_voices = max_voices
        self._max_bytes = max_bytes
        self._keep_seconds = keep_seconds

    def write(self, id: str, keys: Table, tables: Mapping[str, Table], clip: bytes) -> None:
        """Make or replace a voice; `clip` is a FLAC file. Raises `LibraryFull`; `OSError` where the disk does."""
        with self._changing():
            folder = self._folder(id)
            name = f"ref-{hashlib.sha256(clip).hexdigest()[:32]}.flac"
            self._check_room(folder, len(clip))
            folder.mkdir(exist_ok=True)
            self._retire(folder)
            _put(folder / name, clip)
            _put(folder / FILE, _toml({**keys, "audio": name}, tables).encode())
            _sync(self.root)

    def update(self, id: str, keys: Table, tables: Mapping[str, Table], audio: str) -> None:
        """Replace what is said of a voice, not its clip, whose file name is `audio`."""
        with self._changing():
            _put(self._folder(id) / FILE, _toml({**keys, "audio": audio}, tables).encode())

    def remove(self, id: str) -> None:
        """Forget a voice; nothing happens where there is none."""
        with self._changing():
            folder = self._folder(id)
            if folder.is_dir():
                self._retire(folder)
                (folder / FILE).unlink(missing_ok=True)
                _sync(folder)

    def sweep(self) -> float:
        """Remove clips that were replaced or removed long enough ago; returns seconds until the next one's time has
        come, at least 0.1, infinity where none waits. Raises `OSError` where some could not be removed."""
        if not self.root.is_dir():
            return math.inf
        with self._locked():
            return max(0.1, self._sweep())

    def _folder(self, id: str) -> Path:
        if not is_voice_id(id):
            raise ValueError("not a voice id")
        return self.root / id

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        self.root.mkdir(parents=True, exist_ok=True)
        with self._locked():
            with contextlib.suppress(OSError):  # what cannot be removed is in nobody's way
                self._sweep()
            yield

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.root / ".lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _check_room(self, folder: Path, more: int) -> None:
        voices, size = 0, 0
        for file in self.root.glob("*/*"):
            size += file.stat().st_size
            voices += file.name == FILE
        if not (folder / FILE).exists() and voices >= self._max_voices:
            raise LibraryFull(f"There are {voices} uploaded voices, as many as uploads.max_voices allows: remove one.")
        if size + more > self._max_bytes:
            raise LibraryFull(
                f"The uploaded voices take {size / 2**20:.0f} MB, and uploads.max_mb allows {self._max_bytes >> 20}: "
                "remove one. The clip of one just removed is kept for some minutes."
            )

    def _retire(self, folder: Path) -> None:
        """From now on counts how long its clips are not needed."""
        for file in folder.glob("ref-*.flac"):
            os.utime(file)

    def _sweep(self) -> float:
        """Remove what no voice names and nobody can be using; one failure, raised at last, does not keep the rest."""
        now, wait = time.time(), math.inf
        failure: OSError | None = None
        for folder in self.root.iterdir():
            if is_voice_id(folder.name) and folder.is_dir():
                try:
                    wait = min(wait, self._sweep_folder(folder, now))
                except OSError as error:
                    failure = error
        if failure is not None:
            raise failure
        return wait

    def _sweep_folder(self, folder: Path, now: float) -> float:
        toml = folder / FILE
        said = toml.read_text(encoding="utf-8", errors="replace") if toml.exists() else ""
        wait = math.inf
        for file in folder.iterdir():
            if file == toml or file.name in said:
                continue
            left = file.stat().st_mtime + self._keep_seconds - now
            if left < 0:
                file.unlink(missing_ok=True)
            else:
                wait = min(wait, left)
        if not said:
            with contextlib.suppress(OSError):  # not empty yet
                folder.rmdir()
        return wait


def flac(pcm: np.ndarray, sample_rate: int) -> bytes:
    """(samples,) s16 → a FLAC file."""
    import soundfile

    file = io.BytesIO()
    soundfile.write(file, pcm, sample_rate, format="FLAC", subtype="PCM_16")
    return file.getvalue()


def _put(path: Path, data: bytes) -> None:
    """The whole file at once, and for good."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    with partial.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _toml(keys: Table, tables: Mapping[str, Table]) -> str:
    lines = [f"{key} = {_value(value)}" for key, value in keys.items()]
    for name, table in tables.items():
        lines += ["", f"[{name}]", *(f"{key} = {_value(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def _value(value: str | float | bool) -> str:
    """A TOML value: JSON's spelling of texts and numbers is TOML's too, but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
