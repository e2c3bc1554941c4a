"""Exceptions to the one error body, on every route and for every way to fail."""

from __future__ import annotations

import difflib
import logging
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match

from ishowtts.api.access_log import access, outcome_of
from ishowtts.api.dialects import told
from ishowtts.errors import InvalidRequest, MethodNotAllowed, NotFound, SpeechError

log = logging.getLogger(__name__)

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_FIELD_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}\Z")


def error_response(error: SpeechError, path: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """As the contract of `path` has it, with the error's own headers, and Retry-After where it is known."""
    more = {**error.headers, **(headers or {})}
    if error.retry_after is not None:
        more["Retry-After"] = str(max(1, math.ceil(error.retry_after)))
    status, body = told(error, path)
    return JSONResponse(body, status, headers=more)


def internal_error() -> SpeechError:
    """What is told of a defect of ours; the log has the rest."""
    return SpeechError("Something went wrong inside the server; its log says what, under this X-Request-ID.")


def invalid(error: ValidationError, fields: Iterable[str]) -> InvalidRequest:
    """The most telling one of pydantic's complaints, without the caller's values."""
    complaints = error.errors(include_url=False, include_context=True, include_input=False)
    # A misspelt field makes two complaints where it was a required one: unknown, and missing. The first explains both.
    first = next((c for c in complaints if c["type"] == "extra_forbidden"), complaints[0])
    return _complaint(first["type"], first["loc"], first["msg"], first.get("ctx", {}), list(fields))


def _complaint(
    kind: str, location: tuple[int | str, ...], message: str, context: Mapping[str, Any], fields: list[str]
) -> InvalidRequest:
    name = str(location[0]) if location else ""
    param = name if _FIELD_NAME.match(name) else None
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(name[:64].lower(), fields, n=1, cutoff=0.5)
        hint = f"did you mean `{near[0]}`?" if near else f"the fields are {', '.join(fields)}."
        return InvalidRequest(f"Unknown field{f' `{param}`' if param else ''}: {hint}", param=param)
    if param is None:
        return InvalidRequest("The body should be a JSON object: /docs lists its fields.")
    if kind == "missing":
        return InvalidRequest(f"`{param}` is missing.", param=param)
    if kind == "string_unicode":
        return InvalidRequest(f"`{param}` holds half of a surrogate pair, which is not a character.", param=param)
    if kind == "literal_error":
        words = context["expected"].replace("False", "false").replace("'", '"')
        return InvalidRequest(f"`{param}` should be {words}.", param=param)
    if kind == "string_too_long":
        return InvalidRequest(f"`{param}` is too long: at most {context['max_length']} characters.", param=param)
    if kind == "string_too_short":
        return InvalidRequest(f"`{param}` should not be empty.", param=param)
    return InvalidRequest(f"`{param}`{_lowered(message)}.", param=param)


def _lowered(message: str) -> str:
    """Pydantic's "Input should be …" as the end of a sentence that began with the field."""
    return " " + message.removeprefix("Input ") if message.startswith("Input ") else ": " + message


def install(app: FastAPI) -> None:
    """Map every exception a route can raise; what is left goes to the error boundary."""
    app.add_exception_handler(SpeechError, _speech_error)
    app.add_exception_handler(HTTPException, _http_exception)
    app.add_exception_handler(RequestValidationError, _request_validation)


def _answer(request: Request, error: SpeechError, headers: Mapping[str, str] | None = None) -> Response:
    access(request.scope).outcome = outcome_of(error)
    return error_response(error, request.scope["path"], headers)


async def _speech_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, SpeechError)  # noqa: S101 - registered for it
    return _answer(request, error)


async def _http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    if error.status_code == 405:
        allowed = ", ".join(_methods(request))
        return _answer(request, MethodNotAllowed(f"This path answers {allowed} only."), {"Allow": allowed})
    return _answer(request, _from_http(error), error.headers)


def _methods(request: Request) -> list[str]:
    """What this path takes: GET and POST of one path are two routes, and Starlette names the first alone."""

    def taken(method: str) -> bool:
        scope = {**request.scope, "method": method}
        return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)

    return [method for method in METHODS if taken(method)]


async def _request_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    first: dict[str, Any] = error.errors()[0]
    location = tuple(first["loc"])[1:]  # without "query", "body"
    return _answer(request, _complaint(first["type"], location, first["msg"], first.get("ctx", {}), []))


def _from_http(error: HTTPException) -> SpeechError:
    if error.status_code == 404:
        return NotFound("There is nothing at this path; /docs lists what there is.")
    log.warning("an HTTPException %s has no error of its own", error.status_code)
    return internal_error() if error.status_code >= 500 else InvalidRequest("The request cannot be understood.")
