"""`ishowtts check-config`: the settings in effect, where each comes from, and whether a server could run with them."""

from __future__ import annotations

from typing import Any

import typer
from rich.text import Text

from ishowtts.commands.common import STYLES, ConfigOption, JsonOption, load, new_table, note, print_json, show


def check_config(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show every setting in effect with its origin; exit 2 and say what is wrong where one cannot be used.

    The model's files, its device and the voices are looked for too; the machine is the doctor's.
    """
    from ishowtts.commands import setup_checks

    loaded = load(config)
    lines = [
        line
        for check in (setup_checks.model, setup_checks.device, setup_checks.voices)
        for line in check(loaded.settings)
        if line.state != "ok"
    ]
    failed = any(line.state == "fail" for line in lines)
    values = _flat(loaded.settings.model_dump(mode="json"))
    if as_json:
        rows = {key: {"value": value, "origin": loaded.origins.get(key, "default")} for key, value in values.items()}
        problems = [{"state": x.state, "about": x.about, "found": x.found, "todo": x.todo} for x in lines]
        print_json({"config": str(loaded.config) if loaded.config else None, "settings": rows, "problems": problems})
    else:
        table = new_table("setting", "value", "from")
        for key, value in values.items():
            origin = loaded.origins.get(key, "default")
            style = "dim" if origin == "default" else ""
            table.add_row(Text(key), Text(_spell(value)), Text(origin), style=style)
        show(table)
        for line in lines:
            note(f"{line.about}: {line.found}\n  → {line.todo}", STYLES[line.state])
        if not failed:
            note(f"Valid. File read: {loaded.config or 'none'}", "green")
    if failed:
        raise typer.Exit(2)


def _flat(tree: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    from ishowtts.settings.sources import LEAVES

    flat: dict[str, Any] = {}
    for key, value in tree.items():
        name = f"{prefix}{key}"
        flat |= _flat(value, f"{name}.") if isinstance(value, dict) and name not in LEAVES else {name: value}
    return flat


def _spell(value: Any) -> str:
    if value is None:
        return "not set"
    if isinstance(value, dict):  # of tables by name
        return ", ".join(value) or "none"
    if isinstance(value, list):
        return ", ".join(_label(item) for item in value) or "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _label(item: Any) -> str:
    """Of a list's entry: the id of a voice, the name of a key."""
    return str(item.get("id") or item.get("name")) if isinstance(item, dict) else str(item)
