"""`ishowtts voices`: who can speak."""

from __future__ import annotations

import typer
from rich.text import Text

from ishowtts.commands.common import ConfigOption, JsonOption, library, load, new_table, note, print_json, show


def voices(context: typer.Context, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List the voices: built in, from the config file, from the voices folder, and those added; or change those."""
    if context.invoked_subcommand is not None:
        return
    settings = load(config).settings
    found = library(settings).list()
    defaults = settings.synthesis.default_voice
    if as_json:
        print_json(
            [
                {
                    "id": voice.id,
                    "name": voice.name,
                    "language": voice.language,
                    "source": voice.source,
                    "description": voice.description,
                    "license": voice.license,
                    "synthetic": voice.synthetic,
                    "default_for": [language for language, id in defaults.items() if id == voice.id],
                }
                for voice in found
            ]
        )
        return
    table = new_table("id", "name", "language", "from", "default for", "description")
    for voice in found:
        default_for = ", ".join(language for language, id in defaults.items() if id == voice.id)
        cells = (voice.id, voice.name, voice.language, voice.source, default_for, voice.description)
        table.add_row(*map(Text, cells))
    show(table)
    if not found:
        note(f"No voices. Add one in {settings.voices_dir}: `ishowtts voices add --help` says how.", "yellow")
