"""One source of settings → a flat `{dotted key: value}`; keys that nobody knows become problems."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args, get_origin

from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

from ishowtts.settings.explain import Problem, shown
from ishowtts.settings.model import Settings

PREFIX = "ISHOWTTS_"
CONFIG_VARIABLE = "ISHOWTTS_CONFIG"
# Not settings: where the file is, and what the start-up scripts read.
_NOT_SETTINGS = {CONFIG_VARIABLE, "ISHOWTTS_VENV", "ISHOWTTS_PYTHON", "ISHOWTTS_SETUP"}
# A Kubernetes service called "ishowtts" puts these in every pod of its namespace.
_SERVICE_LINK = re.compile(r"ISHOWTTS_(SERVICE_(HOST|PORT(_\w+)?)|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?)")


def _leaves() -> Iterator[tuple[str, type | None]]:
    for name, top in Settings.model_fields.items():
        inner = getattr(top.annotation, "model_fields", None)
        if inner is None:
            yield name, _json_type(top.annotation)
            continue
        for key, info in inner.items():
            kind, names = _json_type(info.annotation), get_args(info.annotation)[:1]
            if kind is dict and get_origin(names[0]) is Literal:
                for choice in get_args(names[0]):
                    yield f"{name}.{key}.{choice}", None
            else:
                yield f"{name}.{key}", kind


def _json_type(annotation: Any) -> type | None:
    return kind if (kind := get_origin(annotation)) in (list, dict) else None


LEAVES: dict[str, type | None] = dict(_leaves())
"""Every dotted key that can be set, and `list` or `dict` where its value is JSON in the environment."""
_TABLES = {leaf.rpartition(".")[0] for leaf in LEAVES if "." in leaf} | {leaf.partition(".")[0] for leaf in LEAVES}
_TABLES -= set(LEAVES)


@dataclass
class Source:
    """What one source sets, and what is wrong with it. `origins` says where each value was found."""

    values: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def put(self, key: str, value: Any, origin: str) -> None:
        self.values[key] = value
        self.origins[key] = origin

    def blame(self, problem: Problem, origin: str) -> None:
        self.problems.append(sentence(problem, origin))


def sentence(problem: Problem, origin: str) -> str:
    return f"{problem.key} {problem.what} ({origin})"


def from_table(data: Mapping[str, Any], origin: str) -> Source:
    """A parsed TOML file."""
    source = Source()

    def walk(table: Mapping[str, Any], path: str) -> None:
        for name, value in table.items():
            key = f"{path}.{name}" if path else name
            if key in LEAVES:
                source.put(key, value, origin)
            elif key not in _TABLES:
                source.blame(Problem(key, nearest(key)), origin)
            elif isinstance(value, Mapping):
                walk(value, key)
            else:
                source.blame(Problem(key, f"= {shown(value)}: expected a table of {', '.join(_inside(key))}"), origin)

    walk(data, "")
    return source


def from_environment(environ: Mapping[str, str]) -> Source:
    """`ISHOWTTS_SECTION__KEY`; lists and free tables are JSON. An empty variable counts as not set."""
    source, known, spelled = Source(), {}, {}
    for variable, text in environ.items():
        name = variable.upper()
        if not name.startswith(PREFIX) or name in _NOT_SETTINGS or not text or _is_service_link(name, text):
            continue
        key = name.removeprefix(PREFIX).lower().replace("__", ".")
        if key not in LEAVES:
            source.problems.append(f"{variable} (environment): {key} {nearest(key, _variable)}")
        elif (kind := LEAVES[key]) and not _is_json(text, kind):
            wanted = "a JSON list" if kind is list else "a JSON object"
            source.problems.append(f"{variable} (environment): expected {wanted}")
        else:
            known[name.lower()] = text
            spelled[key] = variable
    reader = EnvSettingsSource(
        _Environment, case_sensitive=False, env_prefix=PREFIX, env_nested_delimiter="__", env_ignore_empty=True
    )
    reader.env_vars = known  # the mapping we were given, without the names that mean nothing to it
    parsed = from_table(reader(), "")
    for key, value in parsed.values.items():
        source.put(key, value, f"env {spelled[key]}")
    return source


def from_flags(flags: Mapping[str, Any]) -> Source:
    """`{"server.port": 8080}`; None means that the flag was not given."""
    source = Source()
    for key, value in flags.items():
        if value is None:
            continue
        origin = f"flag --{'log-level' if key == 'logging.level' else key.rpartition('.')[2].replace('_', '-')}"
        if key in LEAVES:
            source.put(key, value, origin)
        else:
            source.blame(Problem(key, nearest(key)), origin)
    return source


def nearest(key: str, spell: Callable[[str], str] = str) -> str:
    """The sentence about an unknown dotted key: its nearest sibling, else the same name in another section."""
    section, _, name = key.rpartition(".")
    elsewhere = [leaf for leaf in LEAVES if leaf.rpartition(".")[2] == name]
    if elsewhere:
        where = "" if "." in elsewhere[0] else ", which goes above the first [section]"
        return f"is not a key; did you mean {spell(elsewhere[0])}{where}?"
    siblings = [f"{section}.{sibling}" for sibling in _inside(section)] if section in _TABLES else [*LEAVES, *_TABLES]
    by_name = {sibling.removeprefix(f"{section}."): sibling for sibling in siblings}
    near = difflib.get_close_matches(key.removeprefix(f"{section}."), by_name, n=1, cutoff=0.5)
    if near:
        return f"is not a key; did you mean {spell(by_name[near[0]])}?"
    return f"is not a key; known: {', '.join(_inside(section if section in _TABLES else ''))}"


def _inside(table: str) -> list[str]:
    start = f"{table}." if table else ""
    return list(dict.fromkeys(leaf.removeprefix(start).partition(".")[0] for leaf in LEAVES if leaf.startswith(start)))


def _variable(key: str) -> str:
    return PREFIX + key.upper().replace(".", "__")


def _is_service_link(name: str, text: str) -> bool:
    return bool(_SERVICE_LINK.fullmatch(name)) or (name == f"{PREFIX}PORT" and "://" in text)


def _is_json(text: str, kind: type) -> bool:
    try:
        return isinstance(json.loads(text), kind)
    except ValueError:
        return False


class _Environment(Settings, BaseSettings):
    """`Settings` as pydantic-settings wants to see it; only its fields are read."""

    model_config = SettingsConfigDict(strict=True)
