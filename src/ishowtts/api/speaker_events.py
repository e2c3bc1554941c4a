"""What clients of Speaker.bot subscribe to: the ways of a message, under the names they know."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ishowtts.danmaku.broker import News
from ishowtts.errors import InvalidRequest

GROUP = "TextToSpeech"
EVENTS = ["TextQueued", "EngineProcessed", "Playing", "Finished", "Deleted", "Error"]
MOST_NAMED = 100
_NAMES = {
    "queued": "TextQueued", "making": "EngineProcessed", "play": "Playing", "done": "Finished", "stop": "Finished",
    "failed": "Error",
}  # fmt: skip


def offered() -> dict[str, list[str]]:
    return {GROUP: EVENTS}


def named(fields: Mapping[str, Any]) -> set[str]:
    """Those of ours that `{"events": {"TextToSpeech": ["Playing"]}}` names; `*` is all. Raises `InvalidRequest`."""
    groups = fields.get("events")
    if not isinstance(groups, dict) or len(groups) > MOST_NAMED:
        raise InvalidRequest('`events` should be an object such as {"TextToSpeech": ["*"]}.', param="events")
    found: set[str] = set()
    for group, names in groups.items():
        if not isinstance(names, list) or len(names) > MOST_NAMED:
            raise InvalidRequest("`events` should have lists of names.", param="events")
        if group.casefold() not in ("*", GROUP.casefold()):
            continue
        wanted = {name.casefold() for name in names if isinstance(name, str)}
        found |= {event for event in EVENTS if group == "*" or wanted & {"*", event.casefold()}}
    return found


def told(news: News) -> tuple[str, dict[str, Any]] | None:
    """Its name, and the whole event; None for what has no name there."""
    name = _NAMES.get(news.name)
    if news.name == "over" and news.data.get("outcome") == "dropped":
        name = "Deleted"
    if name is None:
        return None
    data = news.data
    shown: dict[str, Any] = {"id": data.get("id", "")}
    if "caption" in data:
        shown |= {"text": data["caption"], "username": data.get("user", "")}
    if data.get("voice"):
        shown["voiceName"] = data["voice"]
    if (milliseconds := data.get("duration_ms") or data.get("expected_ms")) is not None:
        shown["duration"] = milliseconds
    at = datetime.now(UTC).isoformat()
    return name, {"timeStamp": at, "event": {"source": GROUP, "type": name}, "data": shown}
