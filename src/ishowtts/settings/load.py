"""flag > `ISHOWTTS_SECTION__KEY` > TOML file > default, with the origin of every value."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli
from pydantic import ValidationError

from ishowtts.errors import ConfigError
from ishowtts.settings.explain import Problem, explain
from ishowtts.settings.model import Settings
from ishowtts.settings.sources import (
    CONFIG_VARIABLE,
    LEAVES,
    from_environment,
    from_flags,
    from_table,
    sentence,
)

_PATHS = ("voices_dir", "model.checkpoint", "model.vocab", "model.vocoder", "cache.folder", "uploads.transcriber",
          "danmaku.state_file",
          "listening.folder_a", "listening.folder_b", "listening.verdicts")  # fmt: skip
_NOT_PATHS = ("hf://", "f5-mini")
_USUAL = Path("config/ishowtts.toml")
_MAX_BYTES = 1_000_000


@dataclass(frozen=True)
class Loaded:
    """Settings, where each dotted key came from (`origins`), and the file that was read, if any."""

    settings: Settings
    origins: dict[str, str]
    config: Path | None


def load_settings(
    config: Path | None = None, flags: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None
) -> Loaded:
    """Read, merge and check everything. Raises `ConfigError` with one line for each thing wrong.

    Without `config`: `$ISHOWTTS_CONFIG`, else ./config/ishowtts.toml where it exists, else no file.
    """
    environ = os.environ if environ is None else environ
    path = _find(config, environ)
    base = path.parent.resolve() if path else Path.cwd()
    layers = [from_environment(environ), from_flags(flags or {})]
    if path:
        layers.insert(0, from_table(_read(path), str(path)))
        _anchor(layers[0].values, base)
    for layer in layers[-2:]:
        _anchor(layer.values, Path.cwd())

    data = (base / "../data" if path else base / "data").resolve()
    values: dict[str, Any] = {"voices_dir": data / "voices", "danmaku.state_file": data / "read-aloud.sqlite"}
    origins = dict.fromkeys(LEAVES, "default")
    for layer in layers:
        values.update(layer.values)
        origins.update(layer.origins)
    problems = [problem for layer in layers for problem in layer.problems]
    try:
        settings = Settings.model_validate(_nest(values))
    except ValidationError as error:
        problems += [sentence(problem, _origin(problem, origins)) for problem in explain(error, Settings)]
    if problems:
        raise ConfigError("\n".join(problems))
    return Loaded(settings, origins, path)


def _find(config: Path | None, environ: Mapping[str, str]) -> Path | None:
    if config is not None:
        return config
    named = environ.get(CONFIG_VARIABLE)
    if named:
        return Path(named).expanduser()
    return _USUAL if _USUAL.is_file() else None


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
        if len(data) > _MAX_BYTES:
            raise ConfigError(f"{path}: more than {_MAX_BYTES} bytes; is this the right file?")
        return tomli.loads(data.decode("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (tomli.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error


def _anchor(values: dict[str, Any], base: Path) -> None:
    """Make the paths of one source absolute, in place. Values of a wrong type stay as they are and are told later."""
    for key in _PATHS:
        if key in values:
            values[key] = _absolute(values[key], base)
    if isinstance(values.get("voices"), list):
        for voice in values["voices"]:
            if isinstance(voice, dict) and "audio" in voice:
                voice["audio"] = _absolute(voice["audio"], base)


def _absolute(value: Any, base: Path) -> Any:
    if not isinstance(value, str | Path) or not str(value).strip() or "\0" in str(value):
        return value
    if str(value).startswith("hf://") or value in _NOT_PATHS:
        return value
    path = Path(os.path.normpath(base / Path(value).expanduser()))
    return path if isinstance(value, Path) else str(path)


def _nest(values: Mapping[str, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for key, value in values.items():
        *tables, name = key.split(".")
        here = nested
        for table in tables:
            here = here.setdefault(table, {})
        here[name] = value
    return nested


def _origin(problem: Problem, origins: Mapping[str, str]) -> str:
    """Of the key itself; of its list (`voices[0].id` → `voices`); of all the keys of a section at odds with itself."""
    key = problem.key.rstrip(":").partition("[")[0]
    inside = sorted({o for k, o in origins.items() if k.startswith(f"{key}.") and o != "default"})
    return origins.get(key) or ", ".join(inside) or "default"
