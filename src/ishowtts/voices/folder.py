"""`<id>/voice.toml` and the clip beside it → a `Voice`."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

import tomli
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from ishowtts.settings.explain import explain
from ishowtts.settings.model import Language
from ishowtts.voices.quality import Quality
from ishowtts.voices.voice import Source, UnusableVoice, Upload, Voice, audio_digest, is_voice_id

MAX_TOML_BYTES = 64 * 1024
FILE = "voice.toml"
UPLOADS = "_uploads"
"""Where in the voices folder uploads are; the leading _ keeps it from being taken for a voice."""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Alignment(_Table):
    """What is spoken when: one symbol lasts so many frames of 256 samples at 24 kHz."""

    symbols: Annotated[list[Annotated[str, Field(min_length=1, max_length=16)]], Field(min_length=1, max_length=2000)]
    frames: list[Annotated[int, Field(ge=0, le=10_000)]]

    @model_validator(mode="after")
    def _as_many(self) -> Alignment:
        if len(self.symbols) != len(self.frames):
            raise ValueError(f"{len(self.symbols)} symbols but {len(self.frames)} frames")
        return self


_QUALITY = TypeAdapter(Quality)


def _quality(value: object) -> object:
    """A strict model takes a dataclass for nothing but one."""
    return _QUALITY.validate_python(value) if isinstance(value, dict) else value


class UploadTable(_Table):
    """Written by the server, never by hand; `consent` is that of the person heard, as the sender declared it."""

    at: Annotated[str, Field(max_length=64)]
    consent: Literal[True]
    transcribed: bool
    loudness_lufs: float
    true_peak_dbtp: float


class VoiceFile(_Table):
    """The keys of voice.toml."""

    text: Annotated[str, Field(min_length=1, max_length=2000)]
    audio: Annotated[str, Field(min_length=1, max_length=255)]
    language: Language = "en"
    name: Annotated[str, Field(max_length=200)] = ""
    description: Annotated[str, Field(max_length=2000)] = ""
    license: Annotated[str, Field(max_length=2000)] = ""
    synthetic: bool = False
    alignment: Alignment | None = None
    upload: UploadTable | None = None
    quality: Annotated[Quality | None, BeforeValidator(_quality)] = None


def read_voice(folder: Path, source: Source) -> Voice:
    """The voice in `folder`, whose name is its id. Raises `UnusableVoice`."""
    if not is_voice_id(folder.name):
        raise UnusableVoice("the folder's name must be 1 to 64 of a-z, 0-9, _ and -, starting with a letter or digit")
    try:
        file = VoiceFile.model_validate(_read_toml(folder / FILE))
    except ValidationError as error:
        raise UnusableVoice("; ".join(f"{p.key} {p.what}" for p in explain(error, VoiceFile))) from error
    text = " ".join(file.text.split())
    if not text:
        raise UnusableVoice("text is empty: it must say what is spoken in the clip")
    audio = _inside(folder, file.audio)
    times, upload = file.alignment, None
    if file.upload is not None and file.quality is not None:
        known = file.upload
        upload = Upload(known.at, known.transcribed, file.quality, known.loudness_lufs, known.true_peak_dbtp)
    return Voice(
        id=folder.name,
        name=file.name.strip() or folder.name,
        language=file.language,
        audio=audio,
        text=text,
        # Of the others, one comes with the package and one was looked at when it was taken in.
        sha256=audio_digest(audio, known_good=source in ("built-in", "upload")),
        source=source,
        alignment=tuple(zip(times.symbols, times.frames, strict=True)) if times else None,
        description=file.description.strip(),
        license=file.license.strip(),
        synthetic=file.synthetic,
        upload=upload,
    )


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_TOML_BYTES + 1)
        if len(data) > MAX_TOML_BYTES:
            raise UnusableVoice(f"{FILE} is over 64 KB")
        return tomli.loads(data.decode("utf-8"))
    except OSError as error:
        raise UnusableVoice(f"{FILE} cannot be read: {error.strerror or error}") from error
    except (tomli.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UnusableVoice(f"{FILE} is not valid TOML: {error}") from error


def _inside(folder: Path, name: str) -> Path:
    """`folder / name`, refused where it would leave the folder, by `..` or by a link."""
    relative = PurePosixPath(name)
    if relative.is_absolute() or ".." in relative.parts or "\\" in name or "\0" in name:
        raise UnusableVoice("audio must be the name of a file inside the voice's folder")
    path = (folder / relative).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise UnusableVoice("audio is a link that leaves the voice's folder")
    return path
