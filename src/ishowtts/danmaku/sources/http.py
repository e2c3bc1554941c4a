"""Requests to platforms: JSON both ways, bounded in time and size, no redirects, no secret in a URL."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

import httpx

from ishowtts.danmaku.sources.source import SourceFailed

MOST_BYTES = 8 * 1024 * 1024
# One line for every request, with its URL, is what it logs at INFO.
logging.getLogger("httpx").setLevel(logging.WARNING)


def client() -> httpx.AsyncClient:
    """For one source. Bodies are asked for as they are: what is packed small may be large."""
    return httpx.AsyncClient(
        timeout=httpx.Timeout(10.0),
        limits=httpx.Limits(max_connections=2, keepalive_expiry=60.0),
        headers={"Accept-Encoding": "identity", "User-Agent": "iShowTTS"},
        follow_redirects=False,
    )


async def ask(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
    content: bytes | None = None,
) -> tuple[int, dict[str, Any]]:
    """The status and the object of the answer, empty where there is none.

    Raises `SourceFailed` for an answer past its bounds, `httpx.TransportError` where there is no answer.
    """
    async with client.stream(method, url, headers=headers, params=params, content=content) as response:
        if response.headers.get("content-encoding", "identity") != "identity":
            raise SourceFailed("The platform packed its answer although it was asked not to.")
        body = bytearray()
        async for piece in response.aiter_raw():
            body += piece
            if len(body) > MOST_BYTES:
                raise SourceFailed(f"The platform's answer is over {MOST_BYTES} bytes.")
    return response.status_code, read_object(bytes(body))


def read_object(data: bytes) -> dict[str, Any]:
    """A JSON object; empty for anything else."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
