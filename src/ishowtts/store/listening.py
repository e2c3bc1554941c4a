"""A blind listening test: clips of the same name in two folders, and a file of verdicts, one JSON object a line."""

from __future__ import annotations

import hashlib
import json
import math
import os
import random
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ishowtts.errors import NotFound, VerdictsFull

SUFFIXES = (".wav", ".flac", ".mp3", ".ogg")
MOST_PAIRS = 500
MOST_CLIP_BYTES = 20_000_000
MOST_VERDICT_BYTES = 10_000_000
MOST_TEXT = 2000

Better = Literal[0, 1, 2]
"""Which of the two was better; 0: neither."""


@dataclass(frozen=True, slots=True)
class Pair:
    name: str
    a: Path
    b: Path
    text: str


@dataclass(frozen=True, slots=True)
class Results:
    """How often each was better, over all sessions; `p`: how likely a split this uneven is by chance (sign test)."""

    sessions: int
    a: int
    b: int
    same: int
    p: float


class Listening:
    """All methods read or write files: call them in a thread."""

    def __init__(self, a: Path, b: Path, verdicts: Path) -> None:
        self._folders = (a, b)
        self._verdicts = verdicts
        self._lock = threading.Lock()

    def pairs(self, session: str) -> list[Pair]:
        """In an order of the session's own. Raises `NotFound` where there are none."""
        a, b = (_clips(folder) for folder in self._folders)
        both = sorted(a.keys() & b.keys())[:MOST_PAIRS]
        if not both:
            raise NotFound("The folders of [listening] hold no clips of the same name.")
        random.Random(session).shuffle(both)  # noqa: S311 - an order, no secret
        return [Pair(name, a[name], b[name], _text(a[name])) for name in both]

    def clip(self, session: str, trial: int, side: int) -> tuple[bytes, str]:
        """The sound of one side and the suffix of its file. Raises `NotFound`."""
        pair = self._pair(session, trial)
        path = pair.a if (side == 1) == first_is_a(session, pair.name) else pair.b
        with path.open("rb") as file:
            data = file.read(MOST_CLIP_BYTES + 1)
        if len(data) > MOST_CLIP_BYTES:
            raise NotFound("This clip is over 20 MB.")
        return data, path.suffix

    def judge(self, session: str, trial: int, better: Better, note: str) -> None:
        """Keep a verdict. Raises `NotFound`, `VerdictsFull`."""
        pair = self._pair(session, trial)
        first = first_is_a(session, pair.name)
        won = "same" if better == 0 else "a" if (better == 1) == first else "b"
        verdict = {
            "at": round(time.time()),
            "session": session,
            "clip": pair.name,
            "first": "a" if first else "b",
            "better": won,
            "note": note,
        }
        with self._lock:
            self._verdicts.parent.mkdir(parents=True, exist_ok=True)
            with self._verdicts.open("a", encoding="utf-8") as file:
                if file.tell() > MOST_VERDICT_BYTES:
                    raise VerdictsFull("The file of verdicts is full: put it away, and a new one is begun.")
                file.write(json.dumps(verdict, ensure_ascii=False) + "\n")
                file.flush()
                os.fsync(file.fileno())

    def results(self) -> Results:
        """Of each session the last word on each clip counts."""
        last: dict[tuple[str, str], str] = {}
        try:
            lines = self._verdicts.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            lines = []
        for line in lines:
            try:
                said: dict[str, Any] = json.loads(line)
                last[said["session"], said["clip"]] = said["better"]
            except (ValueError, KeyError, TypeError):
                continue  # a line that a crash cut off, or somebody's own
        counts = {name: list(last.values()).count(name) for name in ("a", "b", "same")}
        return Results(len({session for session, _ in last}), **counts, p=sign_test(counts["a"], counts["b"]))

    def _pair(self, session: str, trial: int) -> Pair:
        pairs = self.pairs(session)
        if not 0 <= trial < len(pairs):
            raise NotFound("There is no such pair.")
        return pairs[trial]


def first_is_a(session: str, name: str) -> bool:
    """Which of the two a listener hears as the first: even for half of all, and no pattern to be learned."""
    return hashlib.sha256(f"{session}/{name}".encode()).digest()[0] % 2 == 0


def sign_test(a: int, b: int) -> float:
    """Two-sided probability of a split at least as uneven, were both equally good."""
    n, k = a + b, min(a, b)
    return min(1.0, 2 * sum(math.comb(n, i) for i in range(k + 1)) / 2**n) if n else 1.0


def _clips(folder: Path) -> dict[str, Path]:
    try:
        return {path.stem: path for path in sorted(folder.iterdir()) if path.suffix.lower() in SUFFIXES}
    except OSError:
        raise NotFound("A folder of [listening] cannot be read.") from None


def _text(clip: Path) -> str:
    try:
        with clip.with_suffix(".txt").open(encoding="utf-8") as file:
            return file.read(MOST_TEXT).strip()
    except (OSError, ValueError):
        return ""
