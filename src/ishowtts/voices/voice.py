"""A voice: a clip of someone speaking, and what is said in it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ishowtts.audio.reference import check_reference
from ishowtts.engine.job import Reference
from ishowtts.errors import UnusableReference
from ishowtts.voices.fit import fit
from ishowtts.voices.quality import Finding, Quality, judge

Source = Literal["built-in", "config", "folder", "upload"]
MAX_AUDIO_BYTES = 20 * 1024 * 1024
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}\Z")


class UnusableVoice(ValueError):
    """Why a voice's files cannot be used; kept for logs and start-up, never an answer to a request."""


@dataclass(frozen=True, slots=True)
class Upload:
    """What is known of an uploaded voice: when (ISO 8601), whether a machine wrote its text down, and its clip."""

    at: str
    transcribed: bool
    quality: Quality
    loudness_lufs: float
    true_peak_dbtp: float


@dataclass(frozen=True, slots=True)
class Voice:
    """`sha256` is of the audio file's bytes, in hex; `alignment` is (symbol, frames of 256 samples at 24 kHz)."""

    id: str
    name: str
    language: Literal["en", "zh"]
    audio: Path
    text: str
    sha256: str
    source: Source
    alignment: tuple[tuple[str, int], ...] | None = None
    description: str = ""
    license: str = ""
    synthetic: bool = False
    upload: Upload | None = None

    @property
    def warnings(self) -> list[Finding]:
        """What could be better about an uploaded clip and its text."""
        if self.upload is None:
            return []
        unfit = fit(self.text, self.upload.quality)
        return judge(self.upload.quality) + ([unfit] if unfit else [])

    def reference(self) -> Reference:
        """The voice as the engine sees it."""
        return Reference(self.id, self.audio, self.sha256, self.text, self.language, self.alignment)


def is_voice_id(text: str) -> bool:
    return _ID.match(text) is not None


def audio_digest(path: Path, *, known_good: bool) -> str:
    """Hex SHA-256 of a clip's bytes; unless it is known to be good, it is decoded too.

    Raises what `read_audio` does, and `UnusableVoice` for a clip that could not be cloned.
    """
    data = read_audio(path)
    if not known_good:
        try:
            check_reference(data)
        except UnusableReference as error:
            raise UnusableVoice(f"audio {path}: {error.message}") from error
    return hashlib.sha256(data).hexdigest()


def read_audio(path: Path) -> bytes:
    """A clip's file. Raises `UnusableVoice` where it is missing, empty or over 20 MB."""
    if not path.is_file():  # also keeps a named pipe from being waited on
        raise UnusableVoice(f"audio {path} is not there")
    try:
        with path.open("rb") as file:
            data = file.read(MAX_AUDIO_BYTES + 1)
    except OSError as error:
        raise UnusableVoice(f"audio {path} cannot be read: {error.strerror or error}") from error
    if not data:
        raise UnusableVoice(f"audio {path} is empty")
    if len(data) > MAX_AUDIO_BYTES:
        raise UnusableVoice(f"audio {path} is over 20 MB; a clip of 3 to 12 seconds is enough")
    return data
