"""How speech routes are shown in /docs and /openapi.json: bodies are read by hand, so schemas are given by hand too."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from starlette.responses import Response

from ishowtts.api.headers import media_type
from ishowtts.api.schemas import ErrorBody, SpeechBody
from ishowtts.audio.encode import FORMATS

_SSE_EXAMPLE = (
    'id: 1\nevent: meta\ndata: {"request_id":"…","voice":"heart","sample_rate":24000,"encoding":"pcm_s16le",'
    '"channels":1,"seed":7,"segments":2,"texts":["One sentence.","Then another one."],"timestamps":"word"}\n\n'
    'id: 2\nevent: audio\ndata: {"seq":0,"t0":0.0,"duration":0.9,"text":"One sentence.","audio":"<base64>",'
    '"span":[0,13],"words":[{"text":"One","start":0,"end":3,"t0":0.06,"t1":0.21},…],"estimated":true}\n\n'
    'id: 3\nevent: audio\ndata: {"seq":1,"t0":0.9,"duration":1.2,"text":"Then another one.","audio":"<base64>",'
    '"span":[14,31],"words":[…],"estimated":true}\n\n'
    'id: 4\nevent: done\ndata: {"audio_seconds":2.1,"synthesis_seconds":0.6,"queue_seconds":0.0,'
    '"first_audio_seconds":0.2,"rtf":0.29}\n\n'
)

_HEADERS: dict[str, Any] = {
    "X-Request-ID": {"schema": {"type": "string"}, "description": "Yours, or a new one. On errors too."},
    "X-Seed": {"schema": {"type": "integer"}, "description": "The seed used."},
    "X-NFE-Step": {"schema": {"type": "integer"}, "description": "The number of solver steps used."},
    "X-Voice": {"schema": {"type": "string"}, "description": "The voice used."},
    "X-Cache": {
        "schema": {"type": "string", "enum": ["miss", "shared", "hit"]},
        "description": "hit: the same was spoken before, and kept; shared: at the same time for somebody else. With "
        "`Cache-Control: no-cache` in the request it is made anew.",
    },
    "X-Audio-Duration": {"schema": {"type": "number"}, "description": "Seconds of sound; not on streams."},
    "X-RTF": {"schema": {"type": "number"}, "description": "Seconds of work for a second of sound; not on streams."},
    "X-Unspoken": {
        "schema": {"type": "integer"},
        "description": "Letters and digits of the text that the model cannot say; not on streams.",
    },
    "X-Retakes": {
        "schema": {"type": "integer"},
        "description": "Segments that were made again, since their first sound had a flaw; not on streams.",
    },
    "Server-Timing": {"schema": {"type": "string"}, "description": "queue, synth and total (streams: first), in ms."},
}

_OF_OTHERS = {
    **_HEADERS,
    "X-Ignored-Fields": {"schema": {"type": "string"}, "description": "Fields that were taken and do nothing here."},
}
"""Of the contracts of other services, which take any field."""

_BINARY = {"schema": {"type": "string", "format": "binary"}}

_EVENT = {
    "type": "object",
    "required": ["data"],
    "properties": {
        "data": {"type": "string", "description": "JSON."},
        "event": {"type": "string"},
        "id": {"type": "string"},
    },
}

NDJSON = "application/x-ndjson"
"""An object a line: described by the schema of one."""

_FILES = {media_type(format, 24_000): _BINARY for format in FORMATS}

_WHY = {
    400: "The body is not JSON, or a field is missing, of the wrong type or out of range.",
    401: "Keys are configured, and the request has none, or one that is not known.",
    403: "The key is good, but not for this.",
    404: "There is no such voice or model.",
    409: "The voice, or the library, is in a state that does not allow it.",
    413: "The text or the body is too long.",
    415: "The body is of another type than the route takes.",
    422: "A field is missing, unknown, of the wrong type or out of range; or there is nothing to say.",
    429: "The queue is full, or a limit is reached. Retry-After says when to come again.",
    500: "The synthesis failed.",
    503: "The model is loading, the server is shutting down, or the worker was lost.",
    504: "It took too long.",
}


EVERY_ERROR: dict[int | str, dict[str, Any]] = {
    "default": {"model": ErrorBody, "description": "Every failure has this body; its status and `code` say what it is."}
}
"""For all routes; without it FastAPI would announce a 422 of its own."""


def error_docs(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The answers of these statuses, all with the one error body."""
    return {status: {"model": ErrorBody, "description": _WHY[status]} for status in statuses}


def spoken(sse_example: str, headers: dict[str, Any] = _HEADERS) -> dict[str, Any]:
    """The answer with the sound."""
    return {
        "description": "The speech: a file, or events when streaming was asked for.",
        "headers": headers,
        "content": {**_FILES, "text/event-stream": {"itemSchema": _EVENT, "example": sse_example}},
    }


def body_doc(model: type[BaseModel], *, required: bool = True) -> dict[str, Any]:
    """A JSON body that the route reads by itself."""
    return {"required": required, "content": {"application/json": {"schema": inlined(model)}}}


def speech_doc(model: type[BaseModel], sse_example: str, errors: tuple[int, ...]) -> dict[str, Any]:
    """A POST that is answered with sound, or with events."""
    return _post(model, {200: spoken(sse_example, _OF_OTHERS), **error_docs(*errors)})


def file_doc(model: type[BaseModel], errors: tuple[int, ...]) -> dict[str, Any]:
    """A POST that is answered with a file."""
    said = {"description": "The speech.", "headers": _OF_OTHERS, "content": _FILES}
    return _post(model, {200: said, **error_docs(*errors)})


def json_doc(
    model: type[BaseModel], result: type[BaseModel], media_type: str, errors: tuple[int, ...]
) -> dict[str, Any]:
    """A POST that is answered with JSON which the route writes by itself."""
    name = "itemSchema" if media_type == NDJSON else "schema"
    content = {media_type: {name: inlined(result)}}
    said = {"description": "The speech, in JSON.", "headers": _OF_OTHERS, "content": content}
    return _post(model, {200: said, **error_docs(*errors)})


def _post(model: type[BaseModel], responses: dict[int | str, Any]) -> dict[str, Any]:
    return {
        "response_model": None,
        "response_class": Response,
        "responses": responses,
        "openapi_extra": {"requestBody": body_doc(model)},
    }


def inlined(model: type[BaseModel]) -> dict[str, Any]:
    """The model's schema with its parts in place: `$defs` would be looked for at the root of the document."""
    schema = model.model_json_schema()
    parts = schema.pop("$defs", {})

    def resolved(node: Any) -> Any:
        if isinstance(node, dict):
            if "$ref" in node:
                return resolved(parts[node["$ref"].rpartition("/")[2]])
            return {key: resolved(value) for key, value in node.items()}
        return [resolved(item) for item in node] if isinstance(node, list) else node

    found: dict[str, Any] = resolved(schema)
    return found


_ERRORS = error_docs(400, 401, 403, 404, 413, 422, 429, 500, 503, 504) | {
    400: {"model": ErrorBody, "description": "The body is not JSON."}
}


def _schema() -> dict[str, Any]:
    return SpeechBody.model_json_schema()


def _parameters(schema: dict[str, Any], names: list[str]) -> list[dict[str, Any]]:
    properties: dict[str, dict[str, Any]] = schema["properties"]
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", []),
            "description": properties[name].get("description", ""),
            "schema": _as_query({k: v for k, v in properties[name].items() if k != "description"}),
        }
        for name in names
    ]


_WORDS = {True: ("true", "1", ""), False: ("false", "0")}
"""What stands for a boolean in a query."""


def _as_query(schema: dict[str, Any]) -> dict[str, Any]:
    """A query has no null: what is not said is left out; true is a word."""
    kept = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
    [*choices] = [choice for choice in schema.get("anyOf", []) if choice != {"type": "null"}]
    if "enum" in kept:
        words = [_WORDS.get(value, (value,)) if isinstance(value, bool) else (value,) for value in kept["enum"]]
        kept["enum"] = [word for said in words for word in said if isinstance(word, str)]
    return {**kept, **choices[0]} if len(choices) == 1 else {**kept, **({"anyOf": choices} if choices else {})}


_QUERY = _parameters(_schema(), list(SpeechBody.model_fields))
_QUERY[0]["example"] = "Hello, and welcome to the stream."
_STREAM_PARAMETER = _parameters(_schema(), ["stream"])

POST_DOC: dict[str, Any] = {
    "response_model": None,
    "response_class": Response,
    "responses": {200: spoken(_SSE_EXAMPLE), **_ERRORS},
    "openapi_extra": {
        "requestBody": body_doc(SpeechBody),
        "parameters": _STREAM_PARAMETER,
    },
}

GET_DOC: dict[str, Any] = {
    "response_model": None,
    "response_class": Response,
    "responses": {
        200: spoken(_SSE_EXAMPLE),
        204: {"description": "An EventSource that connects again after the end: it stops."},
        **{status: error for status, error in _ERRORS.items() if status != 400},
    },
    "openapi_extra": {"parameters": _QUERY},
}
