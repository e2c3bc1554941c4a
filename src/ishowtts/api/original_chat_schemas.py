"""The chat messages of the first iShowTTS on /api/danmaku."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator

from ishowtts.api.danmaku_schemas import Id, Said
from ishowtts.api.original_schemas import Engine
from ishowtts.danmaku.event import MOST_EMOTES, ChatEvent, Emote, Kind, Role, bounded
from ishowtts.danmaku.sources.twitch_events import roles_of

Platform = Annotated[str, Field(max_length=32, description="`twitch`, in any case; the others are in POST /danmaku.")]
Channel = Annotated[str, Field(max_length=200, description="A name, or an address such as https://www.twitch.tv/name.")]
MOST_BADGES = 50


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, frozen=True, allow_inf_nan=False)


class OriginalChannel(_Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"platform": "twitch", "channel": "somebody"}]})

    platform: Platform
    channel: Channel


class OriginalStart(OriginalChannel):
    voice_id: Annotated[str | None, Field(description="Who reads Twitch from now on; null leaves it as it is.")] = None
    engine: Engine | None = None


class OriginalStarted(BaseModel):
    status: Literal["started"] = "started"
    channel: str


class OriginalStopped(BaseModel):
    status: Literal["stopped", "idle"]
    channel: Annotated[str | None, Field(description="Null if it was not being read.")]


class OriginalText(_Body):
    text: Annotated[Said, Field(alias="Text")]


class OriginalSystem(_Body):
    text: Annotated[Said, Field(alias="System")]


class OriginalMessage(_Body):
    """`NormalizedMessage`: one line of a chat."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "b2f6a1de-1f0b-4a2e-9c55-0e9f7a3c1d11",
                    "platform": "Twitch",
                    "channel": "somebody",
                    "user_id": "42",
                    "username": "Ann",
                    "priority": "Normal",
                    "content": {"Text": "hello there"},
                    "metadata": {"badges": ["subscriber/6"], "color": "#00ff7f"},
                    "timestamp": "2025-10-01T20:15:30Z",
                }
            ]
        }
    )

    id: Id
    platform: Platform
    channel: Channel
    user_id: Id | None = None
    username: Said
    priority: Literal["Gift", "Paid", "Moderator", "Mention", "Normal"] = "Normal"
    content: OriginalText | OriginalSystem
    metadata: JsonValue = None
    timestamp: Annotated[str, Field(max_length=64, description="RFC 3339.")]

    @field_validator("timestamp")
    @classmethod
    def _is_a_time(cls, value: str) -> str:
        try:
            good = datetime.fromisoformat(value).tzinfo is not None
        except ValueError:
            good = False
        if not good:
            raise ValueError("expected a time such as 2025-10-01T20:15:30Z")
        return value

    def event(self) -> ChatEvent | None:
        """Within the bounds of a room; None for what is no chat. `metadata` is used as far as it makes sense."""
        if isinstance(self.content, OriginalSystem):
            return None
        told: Mapping[str, Any] = self.metadata if isinstance(self.metadata, dict) else {}
        bits = told.get("bits")
        kind, amount = self._kind(bits if type(bits) is int else 0)
        return bounded(
            self.platform.lower(),
            kind,
            self.username,
            user_id=str(self.user_id or ""),
            roles=self._roles(told),
            text=self.content.text,
            message_id=_text(told.get("message_id")) or str(self.id),
            at=max(0.0, datetime.fromisoformat(self.timestamp).timestamp()),
            amount=amount,
            color=_text(told.get("color")),
            emotes=_emotes(told.get("emotes"), self.content.text),
        )

    def _kind(self, bits: int) -> tuple[Kind, int | None]:
        """What `priority` means here: paid goes before all, and is never given up."""
        if bits > 0:
            return "bits", bits
        return ("superchat" if self.priority in ("Gift", "Paid") else "chat"), None

    def _roles(self, told: Mapping[str, Any]) -> set[Role]:
        badges = told.get("badges")
        names = [_text(badge) for badge in badges[:MOST_BADGES]] if isinstance(badges, list) else []
        roles = roles_of({"badges": ",".join(names)})
        if self.priority == "Moderator" and "broadcaster" not in roles:
            roles.add("moderator")
        if told.get("subscriber") is True:
            roles.add("subscriber")
        return roles


def _emotes(told: object, text: str) -> Iterable[Emote]:
    """`[{"id", "positions": [{"start", "end"}]}]`, both ends included. What does not fit is left out."""
    for emote in told[:MOST_EMOTES] if isinstance(told, list) else ():
        places = emote.get("positions") if isinstance(emote, dict) else None
        for place in places[:MOST_EMOTES] if isinstance(places, list) else ():
            start, end = (place.get("start"), place.get("end")) if isinstance(place, dict) else (None, None)
            if type(start) is int and type(end) is int and 0 <= start <= end < len(text):
                yield Emote(text[start : end + 1], start, end + 1)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
