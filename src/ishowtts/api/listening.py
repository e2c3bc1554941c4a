"""/listen: a blind comparison of two folders of clips, judged by whoever opens the page."""

from __future__ import annotations

import asyncio
import secrets
from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from ishowtts.api.caller import needs
from ishowtts.api.describe import body_doc, error_docs
from ishowtts.api.parse import read
from ishowtts.api.services import services
from ishowtts.api.voices import MEDIA_TYPES
from ishowtts.errors import NotFound
from ishowtts.store.listening import MOST_PAIRS, Better, Listening

router = APIRouter(prefix="/listen", tags=["listening test"])

BODY_SECONDS = 10.0
SESSION = r"^[0-9a-f]{32}$"
_ERRORS = error_docs(401, 403, 404, 422)


class Trial(BaseModel):
    id: int
    text: Annotated[str, Field(description="What is said in both; empty where nobody wrote it down.")]


class Trials(BaseModel):
    session: str
    trials: list[Trial]


class VerdictBody(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    session: Annotated[str, Field(pattern=SESSION)]
    trial: Annotated[int, Field(ge=0, lt=MOST_PAIRS)]
    better: Annotated[Better, Field(description="1, 2, or 0 for no difference.")]
    note: Annotated[str, Field(max_length=1000)] = ""


class ResultsInfo(BaseModel):
    sessions: int
    a: int
    b: int
    same: int
    p: Annotated[float, Field(description="Of a split this uneven by chance: two-sided sign test.")]


@router.get("/trials", responses=_ERRORS)
@needs("synthesise")
async def trials(request: Request) -> Trials:
    """A new session: its pairs, in an order of their own. 404 where no test is set up."""
    session = secrets.token_hex(16)
    pairs = await asyncio.to_thread(_listening(request).pairs, session)
    return Trials(session=session, trials=[Trial(id=i, text=pair.text) for i, pair in enumerate(pairs)])


@router.get(
    "/sound/{session}/{trial}/{side}",
    response_class=Response,
    responses={200: {"description": "The clip.", "content": {"audio/wav": {}, "audio/flac": {}}}, **_ERRORS},
)
@needs("synthesise")
async def sound(
    request: Request,
    session: Annotated[str, Path(pattern=SESSION)],
    trial: Annotated[int, Path(ge=0, lt=MOST_PAIRS)],
    side: Literal["1", "2"],
) -> Response:
    """One of the two clips of a pair; which of the folders it is from differs from session to session."""
    data, suffix = await asyncio.to_thread(_listening(request).clip, session, trial, int(side))
    return Response(data, media_type=MEDIA_TYPES[suffix.lower()])


@router.post(
    "/verdicts",
    status_code=204,
    responses=error_docs(400, 401, 403, 404, 409, 413, 422),
    openapi_extra={"requestBody": body_doc(VerdictBody)},
)
@needs("synthesise")
async def verdict(request: Request) -> Response:
    """Keep a verdict; one more on the same pair takes its place."""
    listening = _listening(request)
    body = await read(request, BODY_SECONDS, VerdictBody)
    await asyncio.to_thread(listening.judge, body.session, body.trial, body.better, body.note)
    return Response(status_code=204)


@router.get("/results", responses=_ERRORS)
@needs("admin")
async def results(request: Request) -> ResultsInfo:
    """All verdicts so far, counted."""
    found = await asyncio.to_thread(_listening(request).results)
    return ResultsInfo(sessions=found.sessions, a=found.a, b=found.b, same=found.same, p=found.p)


def _listening(request: Request) -> Listening:
    found = services(request).listening
    if found is None:
        raise NotFound("No listening test is set up: [listening] in the settings names two folders.")
    return found
