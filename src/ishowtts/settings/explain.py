"""Pydantic's errors in plain words: the key, its value, what is allowed, and the nearest key for an unknown one."""

from __future__ import annotations

import difflib
import re
import types
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

import annotated_types
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from ishowtts.settings.model import KEY_NAME, KEY_PREFIX
from ishowtts.voice_id import VOICE_ID

_SHOWN = 60
_KEY = re.compile(KEY_PREFIX + r"[A-Za-z0-9_-]{8,}")
_PATTERNS = {
    VOICE_ID: "a voice id (1 to 64 of a-z, 0-9, _ and -, starting with a letter or digit)",
    KEY_NAME: "a name (1 to 64 of a-z, 0-9, _ and -)",
    r"^[^\s/@]+$": "an address or host name, such as 127.0.0.1 (no port, no http://)",
    r"^(https?://[^\s]+)?$": "a URL that begins with http:// or https://, or nothing",
    r"^(auto|cpu|mps|cuda(:[0-9]{1,2})?)$": "auto, cpu, mps, cuda or cuda:N",
}


@dataclass(frozen=True)
class Problem:
    """One thing wrong: `key` is dotted (`server.port`, `voices[0].id`), `what` is the rest of the sentence."""

    key: str
    what: str


def explain(error: ValidationError, model: type[BaseModel]) -> Iterator[Problem]:
    """One problem for each error in `error`, which came from validating `model`."""
    for item in error.errors(include_url=False):
        loc = tuple(part for part in item["loc"] if part != "[key]")
        key, kind = dotted(loc), item["type"]
        if kind == "extra_forbidden":
            siblings = list(_model_at(model, loc[:-1]).model_fields)
            yield Problem(key, unknown(str(loc[-1]), siblings))
        elif kind == "missing":
            yield Problem(key, "is missing")
        elif kind == "value_error":
            what = str(item.get("ctx", {}).get("error", item["msg"]))
            # Sections at odds with each other: the sentence begins with the key.
            yield Problem(f"{key}:", what) if key else Problem(*what.split(" ", 1))
        else:
            allowed = expectation(_annotation_at(model, loc))
            yield Problem(key, f"= {shown(item['input'])}: expected {allowed or item['msg']}")


def dotted(loc: Iterable[str | int]) -> str:
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def shown(value: object) -> str:
    """Of a value that is wrong; a key that stands in the wrong place is not repeated."""
    text = _KEY.sub(f"{KEY_PREFIX}…", repr(value))
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def unknown(name: str, known: Iterable[str]) -> str:
    """The sentence about a key nobody knows. `known` are the keys of the same section."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"is not a key; did you mean {near[0]}?" if near else f"is not a key; known: {', '.join(known)}"


def expectation(annotation: Any) -> str:
    """What a field takes, in words: `a whole number, 1 to 64`."""
    bare, metadata = _unwrap(annotation)
    kinds = [a for a in get_args(bare) if a is not type(None)] if get_origin(bare) in {Union, types.UnionType} else []
    if len(kinds) == 1:
        bare, inner = _unwrap(kinds[0])
        metadata = [*metadata, *inner]
    for item in metadata:
        if (pattern := getattr(item, "pattern", None)) in _PATTERNS:
            return _PATTERNS[pattern]
    if get_origin(bare) is Literal:
        return f"one of {', '.join(map(str, get_args(bare)))}"
    if bare is bool:
        return "true or false"
    if bare in {int, float}:
        low = next((item.ge for item in metadata if isinstance(item, annotated_types.Ge)), None)
        high = next((item.le for item in metadata if isinstance(item, annotated_types.Le)), None)
        name = "a whole number" if bare is int else "a number"
        return name if low is None else f"{name}, {low} to {high}"
    if bare is str:
        longest = next((item.max_length for item in metadata if isinstance(item, annotated_types.MaxLen)), None)
        return "text that is not empty" + (f", at most {longest} characters" if longest else "")
    if isinstance(bare, type) and bare.__name__ == "Path":
        return "a path"
    if isinstance(bare, type) and issubclass(bare, BaseModel):
        return f"a table with {', '.join(bare.model_fields)}"
    return {list: "a list", dict: "a table"}.get(get_origin(bare) or bare, "")


def _unwrap(annotation: Any) -> tuple[Any, list[Any]]:
    """`Annotated[int, Field(ge=1)]` or a `FieldInfo` → (int, [Ge(1)])."""
    if isinstance(annotation, FieldInfo):
        inner, metadata = _unwrap(annotation.annotation)
        return inner, [*annotation.metadata, *metadata]
    if get_origin(annotation) is Annotated:
        base, *extra = get_args(annotation)
        metadata = []
        for item in extra:
            metadata += item.metadata if isinstance(item, FieldInfo) else [item]
        inner, deeper = _unwrap(base)
        return inner, [*metadata, *deeper]
    return annotation, []


def _annotation_at(model: type[BaseModel], loc: tuple[str | int, ...]) -> Any:
    here: Any = model
    for part in loc:
        bare, _ = _unwrap(here)
        if isinstance(bare, type) and issubclass(bare, BaseModel):
            here = bare.model_fields.get(str(part))
        elif get_origin(bare) in {list, dict}:
            here = get_args(bare)[-1]
        else:
            break
    return here


def _model_at(model: type[BaseModel], loc: tuple[str | int, ...]) -> type[BaseModel]:
    return cast(type[BaseModel], _unwrap(_annotation_at(model, loc))[0])
