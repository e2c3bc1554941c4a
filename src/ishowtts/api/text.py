"""POST /v1/text/normalize: how a text would be read aloud, and why."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from ishowtts.api.caller import needs
from ishowtts.api.describe import body_doc, error_docs
from ishowtts.api.parse import read
from ishowtts.api.services import services
from ishowtts.synthesis.request import checked, rules_of
from ishowtts.text.clean import Cleaned
from ishowtts.text.normalize import Normalized, Rules, normalize

router = APIRouter(prefix="/v1/text", tags=["text"])


class NormalizeBody(BaseModel):
    """A text, and rules other than those of the server's settings."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        json_schema_extra={"examples": [{"text": "It costs $3.50, 今晚8:30见 666 😂"}]},
    )

    text: Annotated[str, Field(description="As it would be sent to be spoken.")]
    language: Annotated[
        Literal["en", "zh"] | None,
        Field(description="Of the voice: how numbers are read where no letters are around them."),
    ] = None
    links: Annotated[Literal["skip", "host", "spell"] | None, Field(description="Null: as in the settings.")] = None
    emoji: Annotated[Literal["skip", "name"] | None, Field(description="Null: as in the settings.")] = None
    slang: Annotated[bool | None, Field(description="Null: as in the settings.")] = None

    def rules(self, usual: Rules) -> Rules:
        changes: dict[str, Any] = {"links": self.links, "emoji": self.emoji, "slang": self.slang}
        return replace(usual, **{name: value for name, value in changes.items() if value is not None})


class TextChange(BaseModel):
    """Places are in the text as it was sent, in code points."""

    start: int
    end: int
    text: Annotated[str, Field(description="What is written there.")]
    spoken: Annotated[str, Field(description="What is said for it; empty: it is left out.")]
    rule: str


class NormalizedText(BaseModel):
    text: Annotated[str, Field(description="As it was sent.")]
    spoken: Annotated[str, Field(description="As it is read aloud; empty: there is nothing to say.")]
    changes: list[TextChange]
    unknown: Annotated[
        list[tuple[int, int]], Field(description="Where letters are that none of the languages here has; they stay.")
    ]


@router.post(
    "/normalize",
    responses=error_docs(400, 401, 403, 504),
    openapi_extra={"requestBody": body_doc(NormalizeBody)},
)
@needs("synthesise")
async def normalize_text(request: Request) -> NormalizedText:
    """How a text is read aloud: each change with its place and the rule that made it. Nothing is spoken."""
    settings = services(request).settings
    body = await read(request, settings.server.request_timeout, NormalizeBody)
    cleaned = checked(body.text, settings.server.max_text_chars)
    said = await asyncio.to_thread(normalize, cleaned.lines(), body.rules(rules_of(settings.text)), body.language)
    return _told(cleaned, said)


def _told(cleaned: Cleaned, said: Normalized) -> NormalizedText:
    changes = []
    for change in said.changes:
        start, end = cleaned.span(change.start, change.end)
        written = cleaned.original[start:end]
        if start < end and written != change.spoken:
            changes.append(TextChange(start=start, end=end, text=written, spoken=change.spoken, rule=change.rule))
    unknown = [cleaned.span(a, b) for a, b in said.unknown]
    return NormalizedText(text=cleaned.original, spoken=said.text, changes=changes, unknown=unknown)
