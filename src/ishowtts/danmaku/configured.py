"""The rooms of the settings: each a policy, as far as it is given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from ishowtts.danmaku.policy import Policy
from ishowtts.errors import ConfigError
from ishowtts.settings.explain import explain

MAIN = "main"


def policies(rooms: Mapping[str, Mapping[str, Any]]) -> dict[str, Policy]:
    """By name; `main` is always there. Raises `ConfigError` with one line for each thing wrong."""
    found: dict[str, Policy] = {}
    problems: list[str] = []
    for name, fields in {MAIN: {}, **rooms}.items():
        try:
            found[name] = Policy.model_validate(fields)
        except ValidationError as error:
            problems += [f"danmaku.rooms.{name}.{problem.key} {problem.what}" for problem in explain(error, Policy)]
    if problems:
        raise ConfigError("\n".join(problems))
    return found
