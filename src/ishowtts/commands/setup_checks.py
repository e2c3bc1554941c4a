"""Can what the settings name be used? Asked by `doctor`, by `check-config`, and by `serve` before it starts."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ishowtts.commands.checks import Line
from ishowtts.commands.common import library
from ishowtts.commands.network import listen
from ishowtts.commands.weights import missing_files
from ishowtts.engine.catalog import CATALOG
from ishowtts.errors import ConfigError, SpeechError
from ishowtts.settings import Settings

if TYPE_CHECKING:
    from ishowtts.voices.library import VoiceLibrary

_PROBE_SECONDS = 300


def must_work(lines: Iterable[Line]) -> None:
    """Raises `ConfigError` with all that fails."""
    wrong = [f"{line.about}: {line.found}: {line.todo}" for line in lines if line.state == "fail"]
    if wrong:
        raise ConfigError("; ".join(wrong))


def model(settings: Settings) -> Iterator[Line]:
    chosen = settings.model
    if chosen.name not in CATALOG and chosen.checkpoint is None:
        known = ", ".join(CATALOG)
        yield Line("fail", "model", f"{chosen.name} is not known", f"use one of {known}, or set model.checkpoint")
        return
    missing = missing_files(chosen)
    license = CATALOG[chosen.name].license if chosen.name in CATALOG else "of the checkpoint you named"
    if not missing:
        yield Line("ok", "model", f"{chosen.name}, all files are here; licence of the weights: {license}")
    elif all(file.startswith("hf://") for file in missing):
        found = f"{chosen.name} is not here yet: {', '.join(missing)}"
        yield Line("warn", "model", found, "it is fetched at the first start, which needs the network")
    else:
        yield Line("fail", "model", f"not found: {', '.join(missing)}", "set model.checkpoint, or install again")


def device(settings: Settings) -> Iterator[Line]:
    """Where something else than what is always there was asked for: torch is imported to see, in another process."""
    chosen = settings.model
    if chosen.device in ("auto", "cpu") and chosen.dtype != "fp16":
        return
    command = [sys.executable, "-m", "ishowtts.engine.probe", chosen.device, chosen.dtype]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=_PROBE_SECONDS, check=True)  # noqa: S603
        problem = json.loads(run.stdout.splitlines()[-1])["problem"]
    except (subprocess.SubprocessError, ValueError, LookupError):
        yield Line("fail", "device", "torch cannot be asked for its devices", "run `ishowtts doctor`: it says more")
        return
    if problem is None:
        yield Line("ok", "device", f"{chosen.device}, {chosen.dtype}")
    else:
        yield Line("fail", "device", problem, "set model.device and model.dtype to 'auto'")


def voices(settings: Settings) -> Iterator[Line]:
    try:
        with _quiet("ishowtts.voices.library"):  # what it would say is told here
            all_voices = library(settings)
    except SpeechError as error:
        yield Line("fail", "voices", error.message, "mend the [[voices]] entry")
        return
    found = [voice.id for voice in all_voices.list()]
    if found:
        yield Line("ok", "voices", f"{len(found)}: {', '.join(found[:12])}{' …' if len(found) > 12 else ''}")
    else:
        yield Line("fail", "voices", "none", f"add one in {settings.voices_dir}")
    for folder, why in all_voices.left_out:
        yield Line("warn", "voices", f"{folder} is left out: {why}", "mend it, or remove the folder")
    yield from default_voices(settings, all_voices)


def default_voices(settings: Settings, library: VoiceLibrary) -> Iterator[Line]:
    found = {voice.id: voice for voice in library.list()}
    for language, id in settings.synthesis.default_voice.items():
        if id not in found:
            todo = f"set synthesis.default_voice.{language} to one of those that `ishowtts voices` lists, or add it"
            yield Line("fail", "voices", f"the default voice for {language}, {id!r}, does not exist", todo)
        elif found[id].language != language:
            what = f"the default voice for {language}, {id!r}, is a voice for {found[id].language}"
            yield Line("warn", "voices", what, "choose one of that language, or hear it garbled")


@contextmanager
def _quiet(logger: str) -> Iterator[None]:
    named = logging.getLogger(logger)
    before, named.disabled = named.disabled, True
    try:
        yield
    finally:
        named.disabled = before


def network(settings: Settings) -> Iterator[Line]:
    server = settings.server
    where = f"{server.host} port {server.port}"
    try:
        listen(server).close()
        yield Line("ok", "port", f"{where} is free")
    except SpeechError as error:
        yield Line("warn", "port", error.message, "fine where that is iShowTTS already running")
