"""The server's side of the helper processes: start one, feed it a file, take no more answer than there may be."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import math
import os
import sys
import tempfile
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from ishowtts.errors import UnusableReference
from ishowtts.voices.inspect import SAMPLE_RATE
from ishowtts.voices.quality import MAX_SECONDS, Quality

log = logging.getLogger(__name__)

AT_ONCE = 2
SECONDS = 30.0
MAX_ANSWER = 16_384 + round(2 * (MAX_SECONDS + 1) * SAMPLE_RATE)
_KEPT = ("PATH", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "LANG")
"""Of the environment: keys and tokens are none of a helper's business."""


class HelperFailed(Exception):
    """The process died, hung or answered nonsense; `str` says which."""


@dataclass(frozen=True, slots=True, eq=False)
class Inspected:
    """`pcm` (samples,) is s16 at 24 kHz, mono, cut and levelled; `quality` is of the clip as it came."""

    quality: Quality
    loudness_lufs: float
    true_peak_dbtp: float
    pcm: np.ndarray


class _Told(BaseModel):
    # The process read a stranger's file: what it says is checked like a stranger's word.
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    quality: Quality | None = None
    loudness_lufs: float = 0.0
    true_peak_dbtp: float = 0.0
    refusal: str = ""


class Inspector:
    """Looks at clips, two at once; others wait their turn."""

    def __init__(self, at_once: int = AT_ONCE, seconds: float = SECONDS) -> None:
        self._turn = asyncio.Semaphore(at_once)
        self._seconds = seconds

    async def inspect(self, clip: IO[bytes]) -> Inspected:
        """A real file, read from its start. Raises `UnusableReference` for whatever no voice can be made of."""
        async with self._turn:
            try:
                answer = await run("ishowtts.voices.inspect", [], clip, self._seconds, MAX_ANSWER)
            except HelperFailed as error:
                log.warning("an uploaded clip was given up: %s", error)
                raise UnusableReference(
                    "The audio cannot be read, or takes too much to read: give a plain WAV, FLAC, MP3 or Ogg file.",
                    param="audio",
                ) from error
        return _understood(answer)


def _understood(answer: bytes) -> Inspected:
    head, _, samples = answer.partition(b"\n")
    try:
        told = _Told.model_validate_json(head)
    except ValidationError as error:
        raise UnusableReference("The audio cannot be read.", param="audio") from error
    if told.quality is None or len(samples) % 2 or not all(map(math.isfinite, astuple(told.quality))):
        raise UnusableReference(told.refusal[:500] or "The audio cannot be read.", param="audio")
    return Inspected(told.quality, told.loudness_lufs, told.true_peak_dbtp, np.frombuffer(samples, "<i2"))


async def run(module: str, arguments: list[str], stdin: IO[bytes], seconds: float, max_bytes: int) -> bytes:
    """Standard output of `python -m module`, which is killed when it takes longer or says more. Raises `HelperFailed`.

    `stdin` must be a real file; it is read from its start.
    """
    stdin.seek(0)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", module, *arguments,
        stdin=stdin.fileno(), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        env=_environment(), cwd=tempfile.gettempdir(), limit=2**16,
    )  # fmt: skip
    try:
        async with asyncio.timeout(seconds):
            answer = await _read(process, max_bytes)
            code = await process.wait()
    except TimeoutError:
        raise HelperFailed(f"{module} took over {seconds:g} s") from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await asyncio.shield(process.wait())
    if code:
        raise HelperFailed(f"{module} ended with {code}")
    return answer


async def _read(process: asyncio.subprocess.Process, max_bytes: int) -> bytes:
    assert process.stdout is not None  # noqa: S101 - it was asked for
    parts: list[bytes] = []
    size = 0
    while part := await process.stdout.read(2**16):
        parts.append(part)
        size += len(part)
        if size > max_bytes:
            raise HelperFailed("it said more than it may")
    return b"".join(parts)


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in _KEPT}
    if "PYTHONPATH" in kept:  # it runs elsewhere
        kept["PYTHONPATH"] = os.pathsep.join(
            str(Path(path).absolute()) for path in kept["PYTHONPATH"].split(os.pathsep)
        )
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {**kept, **one, "PYTHONDONTWRITEBYTECODE": "1"}


def answer_of(line: bytes) -> dict[str, Any]:
    """A helper's one line of JSON. Raises `HelperFailed`."""
    try:
        value = json.loads(line)
    except ValueError:
        raise HelperFailed("its answer is not JSON") from None
    if not isinstance(value, dict):
        raise HelperFailed("its answer is not an object")
    return value
