"""A chat event as JSON, for what is kept on disk."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from ishowtts.danmaku.event import ChatEvent, Emote, bounded


def dumped(event: ChatEvent) -> str:
    """The event, for `loaded`."""
    return json.dumps(plain(event), ensure_ascii=False, separators=(",", ":"))


def plain(event: ChatEvent) -> dict[str, Any]:
    """As lists, numbers and texts."""
    data = asdict(event)
    data["author"]["roles"] = sorted(event.author.roles)
    data["amount"] = None if event.amount is None else str(event.amount)
    return data


def loaded(data: str) -> ChatEvent:
    """Raises `ValueError` for what `dumped` never wrote."""
    try:
        fields = json.loads(data)
        author = fields.pop("author")
        return bounded(
            name=author["name"],
            user_id=author["id"],
            roles=author["roles"],
            level=author["level"],
            emotes=[Emote(**emote) for emote in fields.pop("emotes")],
            **fields,
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("not a chat event as it is stored") from error
