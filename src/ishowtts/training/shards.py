"""A set of recordings on disk, as `prepare-corpus` reads it: `shard-NNN.tar` of `<id>.ogg`, `manifest.jsonl.gz`.

Writing is safe against being killed: a shard and then the manifest are each replaced whole, and a shard may hold a
recording that the manifest does not name, never the other way round.
"""

from __future__ import annotations

import fcntl
import gzip
import io
import json
import os
import tarfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import soundfile as sf
from tqdm import tqdm

from ishowtts.errors import ConfigError

SAMPLE_RATE = 24_000
UNIT = 600  # samples of one duration unit
LIMIT = 15_000_000  # bytes of a shard
_BLOCK = 512


def shard_path(folder: Path, n: int) -> Path:
    return folder / f"shard-{n:03}.tar"


def read_manifest(folder: Path) -> list[dict[str, Any]]:
    """One row for each utterance; none where there is no manifest. Raises `ConfigError`."""
    path = folder / "manifest.jsonl.gz"
    if not path.exists():
        return []
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]
    except (OSError, EOFError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error


@dataclass
class Totals:
    """What is in a set."""

    seconds: dict[str, float] = field(default_factory=dict)  # by language
    utterances: dict[str, int] = field(default_factory=dict)
    speakers: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: list[dict[str, Any]]) -> Totals:
        totals = cls()
        for row in rows:
            totals.add(row)
        return totals

    def add(self, row: dict[str, Any]) -> None:
        lang = row["lang"]
        self.seconds[lang] = self.seconds.get(lang, 0.0) + row["seconds"]
        self.utterances[lang] = self.utterances.get(lang, 0) + 1
        self.speakers.setdefault(lang, set()).add(row["speaker"])


class ShardWriter:
    """Adds to the set in `folder`, which may be new; one writer at a time. Raises `ConfigError`.

    What was added reaches the disk when a shard is full, `every` seconds after the last time, and at the end.
    """

    def __init__(self, folder: Path, every: float = 30.0, limit: int = LIMIT) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.every, self.limit = folder, every, limit
        self._lock = os.open(folder, os.O_RDONLY)
        try:
            self._take_lock()
            self.rows = read_manifest(folder)
            self._shard = max((row["shard"] for row in self.rows), default=0)
            self._members = self._read_last()
        except ConfigError:
            os.close(self._lock)
            raise
        self.totals = Totals.of(self.rows)
        self._bytes = sum(map(_tar_size, self._members.values()))
        self._fresh = 0
        self._written = time.monotonic()

    def __enter__(self) -> ShardWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.flush()
        finally:
            os.close(self._lock)

    def add(self, row: dict[str, Any], ogg: bytes) -> None:
        """`row` without its shard, which is filled in."""
        size = _tar_size(ogg)
        if self._members and self._bytes + size + 2 * tarfile.RECORDSIZE > self.limit:
            self.flush()
            self._shard, self._members, self._bytes = self._shard + 1, {}, 0
        placed = {"id": row["id"], "shard": self._shard, **row}
        self._members[row["id"]] = ogg
        self._bytes += size
        self._fresh += 1
        self.rows.append(placed)
        self.totals.add(placed)
        if time.monotonic() - self._written >= self.every:
            self.flush()

    def flush(self) -> None:
        """The shard in progress, then the manifest."""
        if self._fresh or not (self.folder / "manifest.jsonl.gz").exists():
            _replace(shard_path(self.folder, self._shard), self._tar)
            _replace(self.folder / "manifest.jsonl.gz", self._manifest)
            self._fresh = 0
        self._written = time.monotonic()

    def _take_lock(self) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ConfigError(f"another run is writing to {self.folder}") from error

    def _tar(self, path: Path) -> None:
        with tarfile.open(path, "w") as tar:
            for name, ogg in self._members.items():
                member = tarfile.TarInfo(f"{name}.ogg")
                member.size = len(ogg)
                tar.addfile(member, io.BytesIO(ogg))

    def _manifest(self, path: Path) -> None:
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in self.rows)
        path.write_bytes(gzip.compress(text.encode(), mtime=0))

    def _read_last(self) -> dict[str, bytes]:
        """Recordings of the last shard that the manifest names: it is filled up before another begins."""
        names = {row["id"] for row in self.rows if row["shard"] == self._shard}
        path = shard_path(self.folder, self._shard)
        try:
            members = {name: ogg for name, ogg in _recordings(path) if name in names} if names else {}
        except (OSError, tarfile.TarError) as error:
            raise ConfigError(f"{path} cannot be read: {error}") from error
        if len(members) < len(names):
            raise ConfigError(f"{path} lacks {len(names) - len(members)} recordings that the manifest names")
        return members


def check(folder: Path, vocab: set[str]) -> list[str]:
    """What is wrong with a set, one line each: empty if every row has its recording, as long as its durations."""
    rows = {row["id"]: row for row in read_manifest(folder)}
    wrong, seen = [], set()
    with tqdm(total=len(rows), desc="check", unit="utt") as bar:
        for path in sorted(folder.glob("shard-*.tar")):
            if path.stat().st_size > LIMIT:
                wrong.append(f"{path.name}: {path.stat().st_size} bytes, over {LIMIT}")
            for name, ogg in _recordings(path):
                row = rows.get(name)
                if row is None:
                    continue  # reached the disk before a kill, its row did not
                bar.update()
                if name in seen or shard_path(folder, row["shard"]) != path:
                    wrong.append(f"{name}: a second time, or not in the shard of its row, in {path.name}")
                seen.add(name)
                wrong += [f"{name}: {problem}" for problem in _problems(row, ogg, vocab)]
    return wrong + [f"{name}: no recording" for name in rows if name not in seen]


def _problems(row: dict[str, Any], ogg: bytes, vocab: set[str]) -> list[str]:
    wav, rate = sf.read(io.BytesIO(ogg), dtype="float32")
    problems = []
    if rate != SAMPLE_RATE or wav.ndim != 1:
        problems.append(f"not mono at {SAMPLE_RATE} Hz")
    if len(wav) != sum(row["durations"]) * UNIT:
        problems.append(f"{len(wav)} samples, durations say {sum(row['durations']) * UNIT}")
    if abs(len(wav) / SAMPLE_RATE - row["seconds"]) > 0.01:
        problems.append(f"{len(wav) / SAMPLE_RATE:.3f} s, the row says {row['seconds']}")
    tokens = sum(c in vocab for c in row["phonemes"])
    if not tokens or len(row["durations"]) != tokens + 2:
        problems.append(f"{len(row['durations'])} durations for {tokens} phonemes and two pads")
    return problems


def _recordings(path: Path) -> list[tuple[str, bytes]]:
    with tarfile.open(path) as tar:
        files = [(Path(member.name).stem, tar.extractfile(member)) for member in tar]
        return [(name, file.read()) for name, file in files if file is not None]


def _tar_size(ogg: bytes) -> int:
    return _BLOCK + -(-len(ogg) // _BLOCK) * _BLOCK


def _replace(path: Path, write: Callable[[Path], None]) -> None:
    partial = path.with_name(f"{path.name}.partial")
    write(partial)
    with partial.open("rb") as data:
        os.fsync(data.fileno())
    partial.replace(path)
