"""Sounds and scores on disk, by what they were made of: a second run costs only what has changed."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ishowtts.audio.decode import decode
from ishowtts.audio.pcm import to_s16le
from ishowtts.audio.wav import wav_file

_CODE = ("engine", "text", "audio", "voices")  # the packages that decide how something sounds


@dataclass(frozen=True)
class Sound:
    """pcm (samples,) float32 as 16 bits hold it; seconds of wall clock and of CPU that the synthesis took."""

    pcm: np.ndarray
    sample_rate: int
    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0

    @property
    def seconds(self) -> float:
        return len(self.pcm) / self.sample_rate

    @property
    def digest(self) -> str:
        return hashlib.sha256(to_s16le(self.pcm)).hexdigest()


def default_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "ishowtts" / "evaluation"


class Cache:
    """`fresh` makes every sound again, for timings that nothing else on the machine disturbed."""

    def __init__(self, folder: Path, fresh: bool = False) -> None:
        self.folder = folder
        self.fresh = fresh

    def sound(self, key: Mapping[str, Any], make: Callable[[], Sound]) -> Sound:
        name = digest(key)
        wav, about = self.folder / "sounds" / f"{name}.wav", self.folder / "sounds" / f"{name}.json"
        if self.fresh or not (wav.exists() and about.exists()):
            made = make()
            _write(wav, wav_file(to_s16le(made.pcm), made.sample_rate))
            seconds = {"wall_seconds": made.wall_seconds, "cpu_seconds": made.cpu_seconds}
            rate = {"sample_rate": made.sample_rate}
            _write(about, json.dumps({**key, **rate, **seconds}, ensure_ascii=False, default=str).encode())
        stored = json.loads(about.read_text(encoding="utf-8"))
        rate = stored["sample_rate"]
        return Sound(decode(wav, rate), rate, stored["wall_seconds"], stored["cpu_seconds"])

    def value(self, key: Mapping[str, Any], make: Callable[[], Any]) -> Any:
        """A JSON value."""
        path = self.folder / "values" / f"{digest(key)}.json"
        if path.exists():
            return json.loads(path.read_text(encoding="utf-8"))
        value = make()
        _write(path, json.dumps(value, ensure_ascii=False).encode())
        return value


def digest(key: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(key, sort_keys=True, default=str).encode()).hexdigest()[:32]


def files_digest(path: Path) -> str:
    """Hex SHA-256 of a file, or of the names and bytes of the files right in a folder."""
    total = hashlib.sha256()
    for file in sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else [path]:
        total.update(file.name.encode() + b"\0")
        with file.open("rb") as data:
            total.update(hashlib.file_digest(data, "sha256").digest())
    return total.hexdigest()


def code_digest() -> str:
    """Of the sources that turn text into sound: when they change, sounds are made again."""
    root = Path(__file__).parent.parent
    return digest({name: files_digest(root / name) for name in _CODE})


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    partial.write_bytes(data)
    partial.replace(path)
