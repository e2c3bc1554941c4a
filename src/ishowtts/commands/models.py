"""`ishowtts models`: the models known by name."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from ishowtts.commands.common import ConfigOption, JsonOption, load, new_table, note, print_json, show


def models(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List the models: size, languages, licence of the weights, where they come from, whether they are here."""
    from ishowtts.commands.weights import missing_files
    from ishowtts.engine.catalog import CATALOG
    from ishowtts.settings import ModelSettings

    chosen = load(config).settings.model
    rows: list[dict[str, Any]] = []
    for card in CATALOG.values():
        used = card.name == chosen.name
        missing = missing_files(chosen if used else ModelSettings(name=card.name))
        rows.append(
            {
                "name": card.name,
                "architecture": card.architecture,
                "parameters": card.parameters,
                "languages": list(card.languages),
                "license": card.license,
                "source": "this package" if card.embedded else card.source,
                "present": not missing,
                "in_use": used,
            }
        )
    if as_json:
        print_json(rows)
        return
    heads = ("", "name", "architecture", "size", "languages", "licence of the weights", "here", "from")
    table = new_table(*heads)
    for row in rows:
        table.add_row(
            "*" if row["in_use"] else "",
            Text(str(row["name"])),
            str(row["architecture"]),
            str(row["parameters"]),
            ", ".join(row["languages"]) or "yours",
            str(row["license"]) if row["source"] else "yours",
            "yes" if row["present"] else "no",
            Text(str(row["source"] or "you name it")),
        )
    show(table)
    if chosen.name in CATALOG:
        note("* in use. Choose with model.name; weights are fetched on first use.", "dim")
    else:
        note(f"In use: {chosen.name}, your own ({chosen.checkpoint or 'model.checkpoint is not set'}).", "dim")
