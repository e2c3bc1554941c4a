"""`ishowtts check-config`: the settings in effect, and where each comes from."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from ishowtts.commands.common import ConfigOption, JsonOption, load, new_table, note, print_json, show


def check_config(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show every setting in effect with its origin; exit 2 and say what is wrong where one cannot be used."""
    loaded = load(config)
    values = _flat(loaded.settings.model_dump(mode="json"))
    if as_json:
        rows = {key: {"value": value, "origin": loaded.origins.get(key, "default")} for key, value in values.items()}
        print_json({"config": str(loaded.config) if loaded.config else None, "settings": rows})
        return
    table = new_table("setting", "value", "from")
    for key, value in values.items():
        origin = loaded.origins.get(key, "default")
        style = "dim" if origin == "default" else ""
        table.add_row(Text(key), Text(_spell(value)), Text(origin), style=style)
    show(table)
    note(f"Valid. File read: {loaded.config or 'none'}", "green")


def _flat(tree: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat


def _spell(value: Any) -> str:
    if value is None:
        return "not set"
    if isinstance(value, list):
        return ", ".join(_label(item) for item in value) or "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _label(item: Any) -> str:
    """Of a list's entry: the id of a voice, the name of a key."""
    return str(item.get("id") or item.get("name")) if isinstance(item, dict) else str(item)
