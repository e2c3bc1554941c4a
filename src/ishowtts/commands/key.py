"""`ishowtts key`: a new key, and the settings block that lets the server know it."""

from __future__ import annotations

import hashlib
import json
import secrets
import sys
from typing import Annotated

import typer

from ishowtts.commands.common import note, print_json

_BYTES = 32


def key(
    name: Annotated[str, typer.Argument(help="Whose it is: 1 to 64 of a-z, 0-9, _ and -.", show_default=False)],
    scope: Annotated[
        list[str],
        typer.Option(
            help="What it opens: synthesise, voices, danmaku, overlay or admin (everything). Give it again for more.",
            show_default=False,
        ),
    ],
    priority: Annotated[
        str, typer.Option(help="The most urgent class its holder may ask for: high, normal or low.")
    ] = "normal",
    as_json: Annotated[bool, typer.Option("--json", help="Print the key and its block as JSON.")] = False,
) -> None:
    """Make a key for NAME. It is shown once: the settings hold only its SHA-256."""
    from pydantic import ValidationError

    from ishowtts.errors import ConfigError
    from ishowtts.settings import KeySettings
    from ishowtts.settings.explain import explain
    from ishowtts.settings.model import KEY_PREFIX

    secret = KEY_PREFIX + secrets.token_urlsafe(_BYTES)
    entry = {"name": name, "sha256": hashlib.sha256(secret.encode()).hexdigest(), "scopes": list(dict.fromkeys(scope))}
    if priority != "normal":
        entry["priority"] = priority
    try:
        KeySettings.model_validate(entry)
    except ValidationError as error:
        lines = [f"{problem.key} {problem.what}" for problem in explain(error, KeySettings)]
        raise ConfigError("\n".join(lines)) from None
    if as_json:
        print_json({"key": secret, "entry": entry})
        return
    note(f"The key of {name}. It is not shown again:")
    sys.stdout.write(f"{secret}\n")
    sys.stdout.flush()
    note("\nInto the settings file (config/ishowtts.toml), then start the server again:")
    block = "".join(f"{field} = {json.dumps(value)}\n" for field, value in entry.items())
    sys.stdout.write(f"[[auth.keys]]\n{block}")
