"""What a client may ask, as pydantic models: fields of later versions of the protocol are let pass."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ishowtts.errors import InvalidRequest


class _Message(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


class Ping(_Message):
    text: Annotated[str, Field(max_length=1000)] | None = None


class VoiceWish(_Message):
    """`name` is the id of a voice; `language` (`en`, `zh-CN`, …) counts where there is no name."""

    name: str | None = None
    language: Annotated[str, Field(max_length=64)] | None = None
    speaker: str | None = None


class SynthesizeStart(_Message):
    voice: VoiceWish | None = None
    text_format: str | None = None


class Synthesize(SynthesizeStart):
    text: str


class SynthesizeChunk(_Message):
    text: str


M = TypeVar("M", bound=_Message)


def parse(model: type[M], data: dict[str, Any]) -> M:
    """The checked fields of an event. Raises `InvalidRequest`, which names the field and not its value."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        complaint = error.errors(include_url=False, include_context=False, include_input=False)[0]
        name = ".".join(str(part) for part in complaint["loc"])
        if complaint["type"] == "missing":
            raise InvalidRequest(f"`{name}` is missing.", param=name) from None
        raise InvalidRequest(f"`{name}`: {complaint['msg']}.", param=name) from None
