"""Bytes or a query string to a checked `SpeechBody`; every way to be wrong is told as what it is."""

from __future__ import annotations

import asyncio
import json
from typing import NoReturn, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.datastructures import QueryParams
from starlette.requests import Request

from ishowtts.api.errors import invalid
from ishowtts.api.schemas import SpeechBody
from ishowtts.errors import BadJson, DeadlineExceeded, InvalidRequest

FIELDS = tuple(SpeechBody.model_fields)
_STREAM_WORDS: dict[str, str | bool] = {"": "sse", "true": "sse", "1": "sse", "false": False, "0": False}
"""What a query says for the true and false of JSON."""
Body = TypeVar("Body", bound=BaseModel)


async def body_of(request: Request, seconds: float) -> SpeechBody:
    """The body of a POST /tts. Raises as `read` does."""
    return await read(request, seconds, SpeechBody)


async def read(request: Request, seconds: float, model: type[Body]) -> Body:
    """A JSON body, read within so many seconds. Raises `BadJson`, `InvalidRequest`, `DeadlineExceeded`."""
    try:
        async with asyncio.timeout(seconds):
            data = await request.body()
    except TimeoutError:
        raise DeadlineExceeded("The body took too long to arrive.") from None
    return checked(model, to_value(data))


def from_json(data: bytes) -> SpeechBody:
    return checked(SpeechBody, to_value(data))


def to_value(data: bytes) -> object:
    """Raises `BadJson` for all that is not JSON in UTF-8."""
    try:
        value: object = json.loads(data.decode("utf-8-sig"), parse_constant=_refuse)
    except InvalidRequest:
        raise
    except UnicodeDecodeError as error:
        raise BadJson(f"The body is not UTF-8 (byte {error.start}).") from None
    except json.JSONDecodeError as error:
        raise BadJson(f"The body is not JSON: line {error.lineno}, column {error.colno}: {error.msg}.") from None
    except RecursionError:
        raise BadJson("The body is nested too deep.") from None
    except ValueError:  # a number of more digits than Python turns into an int
        raise BadJson("The body holds a number that is too long.") from None
    return value


def from_query(query: QueryParams) -> SpeechBody:
    """Fields as query parameters; an empty one, other than `text` and `stream`, is as if left out."""
    pairs = query.multi_items()
    names = [name for name, _ in pairs]
    for name in FIELDS:
        if names.count(name) > 1:
            raise InvalidRequest(f"`{name}` is given more than once.", param=name)
    fields = {name: value for name, value in pairs if value or name in ("text", "stream") or name not in FIELDS}
    stream = _STREAM_WORDS.get(fields.get("stream", "-"))
    if stream is not None:
        del fields["stream"]
    try:
        body = SpeechBody.model_validate_strings(fields, strict=False)
    except ValidationError as error:
        raise invalid(error, FIELDS) from None
    return body if stream is None else body.model_copy(update={"stream": stream})


def stream_of_query(query: QueryParams) -> SpeechBody:
    """The one field that a POST may carry in its query. Raises `InvalidRequest` for any other."""
    for name in query:
        if name != "stream":
            param = name if name in FIELDS else None
            raise InvalidRequest("A POST takes `stream` in its query, all else in its body.", param=param)
    return from_query(QueryParams([*query.multi_items(), ("text", "-")]))


def checked(model: type[Body], value: object) -> Body:
    """Raises `InvalidRequest`."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise invalid(error, model.model_fields) from None
    except (UnicodeEncodeError, OverflowError):  # a name that is not text; an int no float can hold
        raise InvalidRequest("The body holds a value that cannot be used.") from None


def _refuse(constant: str) -> NoReturn:
    raise BadJson(f"The body holds {constant}, which is not JSON.")
