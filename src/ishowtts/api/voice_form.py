"""A multipart body to a clip and what is said of it: in bounds before it is parsed, and checked after."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, Annotated, Any, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.types import Scope

from ishowtts.api.errors import invalid
from ishowtts.errors import BadForm, DeadlineExceeded, InvalidRequest, UnsupportedMediaType
from ishowtts.settings import Language
from ishowtts.voices.intake import LONGEST, Details
from ishowtts.voices.voice import MAX_AUDIO_BYTES

MAX_FIELD_BYTES = 16_384
MAX_BODY_BYTES = MAX_AUDIO_BYTES + 128 * 1024
_TRUE, _FALSE = ("true", "1", "yes", "on"), ("false", "0", "no", "off", "")
_TAKES_CLIPS = re.compile(r"/voices(/[^/]+)?|/api/voices/[^/]+/reference")


def upload_limit(scope: Scope) -> int | None:
    """Bytes that the body of this request may have, where it may hold a clip."""
    takes = scope["method"] in ("POST", "PUT") and _TAKES_CLIPS.fullmatch(scope["path"])
    return MAX_BODY_BYTES if takes else None


def _yes(value: object) -> object:
    word = value.lower() if isinstance(value, str) else value
    return True if word in _TRUE else False if word in _FALSE else value


class VoiceFields(BaseModel):
    """What goes with the clip, as form fields."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    text: Annotated[
        str | None,
        Field(
            max_length=LONGEST["text"],
            description="Exactly what is said in the clip. Needed with `audio`, unless this server transcribes.",
        ),
    ] = None
    id: Annotated[
        str | None, Field(max_length=64, description="1 to 64 of a-z, 0-9, _ and -. Default: made from the name.")
    ] = None
    name: Annotated[str | None, Field(max_length=LONGEST["name"])] = None
    language: Annotated[Language | None, Field(description="Default: by the text.")] = None
    description: Annotated[str | None, Field(max_length=LONGEST["description"])] = None
    license: Annotated[
        str | None, Field(max_length=LONGEST["license"], description="Where the clip comes from, and what is allowed.")
    ] = None
    consent: Annotated[
        bool,
        BeforeValidator(_yes),
        Field(description="Must be true with `audio`: the person heard agreed to their voice being cloned."),
    ] = False

    def details(self) -> Details:
        said = self.model_dump(exclude={"id"})
        return Details(**said)


@dataclass(frozen=True, slots=True)
class VoiceForm:
    fields: VoiceFields
    audio: IO[bytes] | None
    """A real file, gone with the form."""


class _Parser(MultiPartParser):
    complete = False

    def on_end(self) -> None:
        self.complete = True

    def on_part_end(self) -> None:
        # Starlette takes what is not UTF-8 for Latin-1: a Chinese text in GBK would become a voice that cannot read.
        part = self._current_part
        if part.file is None:
            try:
                part.data.decode("utf-8")
            except UnicodeDecodeError:
                raise MultiPartException("A field is not UTF-8.") from None
        super().on_part_end()


@asynccontextmanager
async def voice_form(request: Request, seconds: float) -> AsyncIterator[VoiceForm]:
    """The form of a request, received within `seconds`. Raises `BadForm`, `InvalidRequest`, `DeadlineExceeded`, …"""
    kind = request.headers.get("content-type", "")
    if kind.split(";")[0].strip().lower() != "multipart/form-data":
        raise UnsupportedMediaType(
            "The body should be multipart/form-data (curl -F): the clip as `audio`, where there is one, and words."
        )
    parser = _Parser(
        request.headers,
        cast("Any", request.stream()),
        max_files=1,
        max_fields=len(VoiceFields.model_fields),
        max_part_size=MAX_FIELD_BYTES,
    )
    try:
        async with asyncio.timeout(seconds):
            form = await parser.parse()
        if not parser.complete:
            await form.close()
            raise MultiPartException("It is cut off.")
    except TimeoutError:
        raise DeadlineExceeded("The body took too long to arrive.") from None
    except MultiPartException as error:
        raise BadForm(f"The form cannot be read: {error.message}") from None
    try:
        yield await _checked(form.multi_items())
    finally:
        await form.close()


async def _checked(items: list[tuple[str, UploadFile | str]]) -> VoiceForm:
    known = ["audio", *VoiceFields.model_fields]
    names = [name for name, _ in items]
    for name in known:
        if names.count(name) > 1:
            raise InvalidRequest(f"`{name}` is given more than once.", param=name)
    values = dict(items)
    audio = values.pop("audio", None)
    if isinstance(audio, str):
        raise InvalidRequest("`audio` should be a file: curl -F audio=@clip.wav.", param="audio")
    for name, value in values.items():
        if not isinstance(value, str):
            raise InvalidRequest("Only `audio` is a file.", param=name if name in known else None)
    try:
        fields = VoiceFields.model_validate(values)
    except ValidationError as error:
        raise invalid(error, known) from None
    return VoiceForm(fields, None if audio is None else await _file(audio))


async def _file(upload: UploadFile) -> IO[bytes]:
    if not upload.size:
        raise InvalidRequest("`audio` is empty.", param="audio")
    file = cast("SpooledTemporaryFile[bytes]", upload.file)
    await asyncio.to_thread(file.rollover)  # another process is to read it
    return cast("IO[bytes]", file)
