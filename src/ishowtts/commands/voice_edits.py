"""`ishowtts voices add` and `ishowtts voices remove`: what POST and DELETE /voices do, without a server."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from ishowtts.commands.common import ConfigOption, library, load, note
from ishowtts.errors import InvalidRequest

if TYPE_CHECKING:
    from ishowtts.settings import Language, Loaded


def add(
    clip: Annotated[
        Path,
        typer.Argument(help="The clip: one person speaking for 3 to 12 s, up to 20 MB.", show_default=False),
    ],
    text: Annotated[
        str | None,
        typer.Option(help="Exactly what is said in it. Needed, unless uploads.transcriber is set.", show_default=False),
    ] = None,
    id: Annotated[str | None, typer.Option(help="Default: made from the name.", show_default=False)] = None,
    name: Annotated[str | None, typer.Option(help="Shown in lists. Default: the id.", show_default=False)] = None,
    language: Annotated[str | None, typer.Option(help="en or zh. Default: by the text.", show_default=False)] = None,
    description: Annotated[str | None, typer.Option(show_default=False)] = None,
    license: Annotated[str | None, typer.Option(help="Where the clip comes from.", show_default=False)] = None,
    consent: Annotated[
        bool, typer.Option("--consent", help="The person heard agreed to their voice being cloned. Needed.")
    ] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Override the voice that has this --id.")] = False,
    config: ConfigOption = None,
) -> None:
    """Make a voice of CLIP. A server that is running sees it after a restart."""
    loaded = load(config)
    settings = loaded.settings
    if language not in (None, "en", "zh"):
        raise InvalidRequest("--language must be en or zh.", param="language")
    if not consent:
        raise InvalidRequest("Add --consent: the person heard agreed to their voice being cloned.", param="consent")
    if replace and id is None:
        raise InvalidRequest("--replace needs the --id of the voice to override.", param="id")
    from ishowtts.voices.intake import Details, VoiceIntake
    from ishowtts.voices.voice import Voice

    details = Details(text, name, cast("Language | None", language), description, license, consent)

    async def take_in() -> Voice:
        intake = VoiceIntake(library(settings), settings)
        with ExitStack() as open_files:
            try:
                file = open_files.enter_context(clip.open("rb"))
            except OSError as error:
                raise InvalidRequest(f"{clip} cannot be read: {error.strerror or error}.", param="audio") from error
            if replace and id is not None:
                return await intake.replace(id, file, details)
            return await intake.add(file, details, id)

    voice = asyncio.run(take_in())
    note(f"{voice.id}: {voice.name}, {voice.language}, “{voice.text}”")
    _tell_where(loaded)
    for warning in voice.warnings:
        note(warning.message, "yellow")


def remove(
    id: Annotated[str, typer.Argument(help="Of a voice that was added or uploaded.", show_default=False)],
    config: ConfigOption = None,
) -> None:
    """Remove an added voice; one that overrides another is reset so."""
    loaded = load(config)
    settings = loaded.settings
    from ishowtts.voices.intake import VoiceIntake
    from ishowtts.voices.voice import Voice

    async def take_out() -> Voice | None:
        return await VoiceIntake(library(settings), settings).remove(id)

    now = asyncio.run(take_out())
    note(f"{id} is removed." if now is None else f"{id} is the {now.source} voice again.")
    _tell_where(loaded)


def _tell_where(loaded: Loaded) -> None:
    """Servers may have other folders, and read theirs at the start."""
    note(f"In {loaded.settings.voices_dir.absolute()}; a server that uses it sees it after its next start.")
    if loaded.config is None and loaded.origins.get("voices_dir", "default") == "default":
        note("No config file was found, so this is the folder of servers that are started here.", "yellow")
