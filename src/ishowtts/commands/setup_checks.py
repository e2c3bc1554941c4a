"""What `ishowtts doctor` says about the settings: the model, the voices, the port."""

from __future__ import annotations

from collections.abc import Iterator

from ishowtts.commands.checks import Line
from ishowtts.commands.common import library
from ishowtts.commands.network import listen
from ishowtts.commands.weights import missing_files
from ishowtts.engine.catalog import CATALOG
from ishowtts.errors import SpeechError
from ishowtts.settings import Settings


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


def voices(settings: Settings) -> Iterator[Line]:
    try:
        found = {voice.id: voice for voice in library(settings).list()}
    except SpeechError as error:
        yield Line("fail", "voices", error.message, "mend the [[voices]] entry")
        return
    if found:
        yield Line("ok", "voices", f"{len(found)}: {', '.join(list(found)[:12])}{' …' if len(found) > 12 else ''}")
    else:
        yield Line("fail", "voices", "none", f"add one in {settings.voices_dir}")
    folder = settings.voices_dir
    for name in sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []:
        if not name.startswith((".", "_")) and (name not in found or found[name].source != "folder"):
            yield Line("warn", "voices", f"{folder / name} cannot be used", "`ishowtts voices` says why")
    for language, id in settings.synthesis.default_voice.items():
        if id not in found:
            todo = f"set synthesis.default_voice.{language} to one of the voices"
            yield Line("fail", "voices", f"the default voice for {language}, {id!r}, does not exist", todo)
        elif found[id].language != language:
            what = f"the default voice for {language}, {id!r}, is a voice for {found[id].language}"
            yield Line("warn", "voices", what, "choose one of that language, or hear it garbled")


def network(settings: Settings) -> Iterator[Line]:
    server = settings.server
    where = f"{server.host} port {server.port}"
    try:
        listen(server).close()
        yield Line("ok", "port", f"{where} is free")
    except SpeechError as error:
        yield Line("warn", "port", error.message, "fine where that is iShowTTS already running")
