"""What the scripts that load a server share: who asks, where and with what it was measured, and the file of results."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from ishowtts.bench.machine import machine, versions
from ishowtts.bench.server_load import Client
from ishowtts.errors import SpeechError


def about(url: str, keys: Sequence[str], own: bool, clients: int, plan: Mapping[str, Any]) -> dict[str, Any]:
    """Where and with what; asks the server for its version and for the fields it knows. Raises `SpeechError`."""
    headers = {"authorization": f"Bearer {keys[0]}"} if keys else {}
    try:
        with httpx.Client(base_url=url, trust_env=False, headers=headers) as client:
            version = client.get("/version").json()
            known = fields(client.get("/openapi.json").json())
    except (httpx.HTTPError, ValueError) as error:
        raise SpeechError(f"the server does not tell its version: {type(error).__name__}") from error
    apart = "key" if len(keys) > 1 else next((name for name in ("room", "user") if name in known), "nothing")
    return {
        "machine": machine(0),
        "versions": versions(("ishowtts", "httpx", "numpy")),
        "server": f"ishowtts {version.get('version', '?')}",
        "engine": version.get("engine", {}),
        "own": own,
        "clients": clients,
        "told_apart_by": apart,
        "plan": dict(plan),
    }


def fields(openapi: Any) -> set[str]:
    """Of the body of POST /tts."""
    try:
        body = openapi["paths"]["/tts"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        return set(body.get("properties", {}))
    except (KeyError, TypeError, AttributeError):
        return set()


def clients_of(count: int, keys: Sequence[str], told_apart_by: str) -> list[Client]:
    """As `about` found that they can be told apart."""
    field = told_apart_by if told_apart_by in ("room", "user") else None
    return [
        Client(
            f"client-{i}",
            {"authorization": f"Bearer {keys[i % len(keys)]}"} if keys else {},
            {field: f"client-{i}"} if field else {},
        )
        for i in range(count)
    ]


def write(path: Path, found: Mapping[str, Any]) -> None:
    """Raises `SpeechError`."""
    try:
        path.write_text(json.dumps(found, ensure_ascii=False, indent=1, default=str) + "\n", encoding="utf-8")
    except OSError as error:
        raise SpeechError(f"cannot write {path}: {error.strerror or error}") from error
