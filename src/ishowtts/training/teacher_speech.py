"""Teacher speech: a plan is spoken by processes of the teacher, in order, into the shards of a set.

The order makes a run repeatable: what a set holds of a language is the beginning of its plan, whatever the number of
processes and however often it was stopped.
"""

from __future__ import annotations

import io
import itertools
import multiprocessing
import os
import signal
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile as sf

from ishowtts.errors import SpeechError
from ishowtts.text.phonemes import SOUNDS, SYMBOLS
from ishowtts.training.reading import read
from ishowtts.training.shards import SAMPLE_RATE, UNIT, ShardWriter
from ishowtts.training.speech_plan import Planned, prefix

if TYPE_CHECKING:
    from ishowtts.training.teacher import Teacher

SECONDS = (1.5, 8.0)
PEAK = 0.9  # louder sound is made quieter: Opus overshoots by some percent
_OPUS_LEVEL = 0.896  # of libsndfile's scale from 256 to 6 kbit/s: 32
_MEAN_SECONDS = 3.0
_FUTILE = 300  # utterances left out in a row


@dataclass(frozen=True)
class Spoken:
    """A manifest row without its shard, and its Ogg/Opus; or why there is none."""

    row: dict[str, Any] | None
    ogg: bytes = b""
    left_out: str = ""


Say = Callable[[Planned], Spoken]


@dataclass(frozen=True)
class TeacherVoice:
    """Says utterances with the voice packs in a folder; the teacher is loaded once in each process."""

    packs: Path

    def __call__(self, planned: Planned) -> Spoken:
        teacher = _teacher(self.packs)
        phonemes = read(planned.text, planned.lang, planned.speaker.british)
        known = {c for c in phonemes if c in teacher.vocab}
        if not known & SOUNDS or not known <= SYMBOLS:
            return Spoken(None, left_out="symbols that f5-mini has not")
        if len(phonemes) > 500:
            return Spoken(None, left_out="too long")
        wav, durations = teacher.speak(phonemes, planned.speaker.mix, planned.speed)
        return record(planned, phonemes, wav, durations)


def record(planned: Planned, phonemes: str, wav: np.ndarray, durations: list[int]) -> Spoken:
    """wav (samples,) at 24 kHz, durations in units of 600 samples → a row and its sound, or why it is left out."""
    seconds, peak = len(wav) / SAMPLE_RATE, float(np.abs(wav).max(initial=0.0))
    if not SECONDS[0] <= seconds <= SECONDS[1]:
        return Spoken(None, left_out="too long" if seconds > SECONDS[1] else "too short")
    if sum(durations) * UNIT != len(wav) or not 0.01 < peak < np.inf:
        return Spoken(None, left_out="faulty sound")
    buffer = io.BytesIO()
    sf.write(buffer, wav * min(1.0, PEAK / peak), SAMPLE_RATE, "OPUS", format="OGG", compression_level=_OPUS_LEVEL)
    row = {
        "id": planned.id, "lang": planned.lang, "text": planned.text, "phonemes": phonemes, "durations": durations,
        "speaker": planned.speaker.name, "speed": planned.speed, "seconds": round(seconds, 3),
    }  # fmt: skip
    return Spoken(row, buffer.getvalue())


@cache
def _teacher(packs: Path) -> Teacher:
    from ishowtts.training.teacher import Teacher  # not before: the rest of this file works without its packages

    return Teacher(packs)


def make(
    writer: ShardWriter,
    plans: dict[str, Iterator[Planned]],
    name: str,
    wanted: dict[str, float],
    say: Say,
    processes: int,
    left_out: Counter[str],
    progress: Callable[[float], None],
) -> None:
    """Follow `plans` (by language, of series `name`) until the set has `wanted` seconds of each.

    `left_out` counts what is not used, by the reason; `progress` is called with the seconds of each utterance. Stopped
    by an exception (Ctrl-C is one), it ends its processes at once; what was added to `writer` is whole. Main thread
    only. Raises `SpeechError` where a process is lost, or nothing can be used.
    """
    todo = {lang: _after(plan, _reached(writer, name, lang)) for lang, plan in plans.items()}
    in_a_row = 0
    with _Processes(say, processes) as pool:
        while True:
            while len(pool.waiting) < 2 * processes and (lang := _next_language(writer, pool, wanted)) is not None:
                pool.submit(next(todo[lang]))
            if not pool.waiting:
                return
            planned, spoken = pool.take()
            if writer.totals.seconds.get(planned.lang, 0.0) >= wanted[planned.lang]:
                continue  # there is enough already: it was begun before that was known
            if spoken.row is None:
                left_out[spoken.left_out] += 1
                in_a_row += 1
                if in_a_row == _FUTILE:
                    raise SpeechError(f"none of the last {_FUTILE} utterances could be used: {dict(left_out)}")
                continue
            in_a_row = 0
            writer.add(spoken.row, spoken.ogg)
            progress(spoken.row["seconds"])


def _reached(writer: ShardWriter, name: str, lang: str) -> int:
    """Where the plan goes on: after the last utterance of it that the set holds."""
    start = prefix(name, lang)
    return 1 + max((int(r["id"][len(start) :]) for r in writer.rows if r["id"].startswith(start)), default=-1)


def _after(plan: Iterator[Planned], index: int) -> Iterator[Planned]:
    return itertools.islice(plan, index, None)


def _next_language(writer: ShardWriter, pool: _Processes, wanted: dict[str, float]) -> str | None:
    """The one that is most behind, what is being made counted by the mean length; None if that suffices for all."""
    behind = {}
    for lang, seconds in wanted.items():
        done, n = writer.totals.seconds.get(lang, 0.0), writer.totals.utterances.get(lang, 0)
        begun = sum(planned.lang == lang for planned, _ in pool.waiting)
        expected = done + begun * (done / n if n else _MEAN_SECONDS)
        if expected < seconds:
            behind[lang] = expected / seconds
    return min(behind, key=behind.__getitem__, default=None)


class _Processes:
    """Utterances spoken by several processes, taken back in the order they were submitted."""

    def __init__(self, say: Say, processes: int) -> None:
        self._say = say
        self._pool = ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), _end_with_parent)
        self.waiting: deque[tuple[Planned, Future[Spoken]]] = deque()

    def __enter__(self) -> _Processes:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if kind is not None:  # not even what they are saying is waited for
            for process in multiprocessing.active_children():
                process.terminate()
        self._pool.shutdown(cancel_futures=True)

    def submit(self, planned: Planned) -> None:
        # A process that starts now ignores Ctrl-C as long as it lives: the terminal sends it to all, we end ours.
        before = signal.getsignal(signal.SIGINT)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            self.waiting.append((planned, self._pool.submit(self._say, planned)))
        finally:
            signal.signal(signal.SIGINT, before)

    def take(self) -> tuple[Planned, Spoken]:
        planned, future = self.waiting.popleft()
        try:
            return planned, future.result()
        except BrokenProcessPool as error:
            raise SpeechError("a process of the teacher was killed (out of memory?); run again to go on") from error


def _end_with_parent() -> None:
    """A process whose parent was killed does not stay behind."""
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
