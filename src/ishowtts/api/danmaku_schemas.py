"""What is said to a room, and what it answers, as pydantic models."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, RootModel, WithJsonSchema

from ishowtts.danmaku.event import KINDS, MOST_ID, ROLES, ChatEvent, Emote, Kind, Role, bounded, identifier
from ishowtts.danmaku.person import Person
from ishowtts.danmaku.policy import Policy
from ishowtts.danmaku.room import Receipt
from ishowtts.danmaku.verdict import Verdict
from ishowtts.voice_id import VoiceId

MOST_ITEMS = 50
LONGEST = 10_000
"""Characters of any text that is taken; what is read of it is less."""


def _whole(value: object) -> object:
    """Half a surrogate pair is what a program leaves that cuts a text in the middle of an emoji."""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if isinstance(value, str) else value


Said = Annotated[str, BeforeValidator(_whole), Field(max_length=LONGEST)]
Id = Annotated[
    str,
    BeforeValidator(lambda value: str(value) if type(value) is int else _whole(value)),
    Field(max_length=1000),
    WithJsonSchema({"anyOf": [{"type": "string", "maxLength": 1000}, {"type": "integer"}]}),
]
"""Platforms number users and messages, so a number will do."""
MessageId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
SourceName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$", description="Where it comes from.")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class ChatUser(_Body):
    id: Id = ""
    name: Said = ""
    roles: Annotated[list[Role], Field(max_length=len(ROLES))] = []
    level: Annotated[int, Field(ge=0, description="The medal of the platform.")] = 0


class ChatEmote(_Body):
    name: Said
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0, description="Past the last character.")]


class ChatItem(_Body):
    """One thing said or done in a chat."""

    source: SourceName = "push"
    kind: Annotated[Kind, Field(description=", ".join(KINDS))] = "chat"
    user: Annotated[Said | ChatUser, Field(description="A name, or who it is.")] = ChatUser()
    text: Said = ""
    message_id: Annotated[
        Id, Field(description="Of the platform. The same again within ten minutes is not read again.")
    ] = ""
    ts: Annotated[int, Field(ge=0, le=10**13, description="When, in ms since 1970.")] = 0
    amount: Annotated[
        float | Annotated[str, Field(max_length=32)] | None, Field(description="What was paid, in all.")
    ] = None
    currency: Said = ""
    gift: Said = ""
    count: Annotated[int, Field(ge=0)] = 1
    months: Annotated[int, Field(ge=0)] = 0
    tier: Said = ""
    color: Annotated[str, Field(max_length=32, description="#rrggbb; anything else is left out.")] = ""
    emotes: list[ChatEmote] = []
    voice: Annotated[
        VoiceId | Literal["random"] | None, Field(description="Who reads it; left out, the room decides.")
    ] = None

    def event(self) -> ChatEvent:
        """Within the bounds of a room."""
        user = ChatUser(name=self.user) if isinstance(self.user, str) else self.user
        return bounded(
            self.source,
            self.kind,
            user.name,
            user_id=user.id,
            roles=user.roles,
            level=user.level,
            text=self.text,
            message_id=self.message_id,
            at=self.ts / 1000,
            amount=Decimal(str(self.amount)) if isinstance(self.amount, float | int) else self.amount,
            currency=self.currency,
            gift=self.gift,
            count=self.count,
            months=self.months,
            tier=self.tier,
            color=self.color,
            emotes=[Emote(emote.name, emote.start, emote.end) for emote in self.emotes],
            voice=self.voice or "",
        )


class ChatItems(RootModel[ChatItem | Annotated[list[ChatItem], Field(min_length=1, max_length=MOST_ITEMS)]]):
    """One, or up to 50."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"user": "Ann", "text": "hello there"},
                [
                    {"source": "bilibili", "kind": "superchat", "user": {"id": "7", "name": "小明"}, "text": "加油",
                     "amount": 30, "currency": "CNY", "message_id": "sc-1"},
                ],
            ]
        }
    )  # fmt: skip

    def all(self) -> list[ChatItem]:
        return self.root if isinstance(self.root, list) else [self.root]


class ItemReceipt(BaseModel):
    id: Annotated[str, Field(description="Of the message it is, or is part of.")]
    status: Literal["queued", "merged", "dropped"]
    reason: Annotated[str | None, Field(description="Why it is dropped.")] = None

    @classmethod
    def of(cls, receipt: Receipt) -> Self:
        return cls(id=receipt.id, status=receipt.status, reason=receipt.reason or None)


class Receipts(BaseModel):
    items: list[ItemReceipt]


class TraceStep(BaseModel):
    step: str
    said: Annotated[str, Field(description="pass, change, drop or skip")]
    reason: str | None
    note: str
    before: str
    after: str


class Trace(BaseModel):
    """What every filter said, in its order, up to the first that drops it."""

    read: bool
    reason: str | None
    spoken: Annotated[str, Field(description="What is left for the voice; the room's template goes around it.")]
    caption: str
    anonymous: Annotated[bool, Field(description="The name is neither said nor shown.")]
    withheld: Annotated[str | None, Field(description="Why the text of what is paid for is missing.")]
    steps: list[TraceStep]

    @classmethod
    def of(cls, verdict: Verdict) -> Self:
        steps = [
            TraceStep(step=s.name, said=s.said, reason=s.reason, note=s.note, before=s.saw, after=s.text)
            for s in verdict.trace
        ]
        return cls(
            read=verdict.read,
            reason=verdict.reason,
            spoken=verdict.text if verdict.read else "",
            caption=verdict.caption,
            anonymous=verdict.anonymous,
            withheld=verdict.withheld,
            steps=steps,
        )


class Target(_Body):
    """Which message; left out, the one that plays or was last."""

    id: MessageId | None = None


class Named(_Body):
    id: MessageId


class MoveBody(_Body):
    """Two messages that wait."""

    id: MessageId
    before: MessageId


class ClearBody(_Body):
    scope: Annotated[Literal["chat", "all"], Field(description="`chat` leaves what was paid for.")] = "chat"


class RetractBody(_Body):
    """One message, or all of one user, as the platform names them."""

    source: SourceName
    message_id: Id = ""
    user_id: Id = ""

    def ids(self) -> tuple[str, str]:
        return identifier(self.message_id), identifier(self.user_id)


class Done(BaseModel):
    """How many messages it was done to."""

    count: int


class PersonBody(_Body):
    """What is known of a user; what is left out stays as it is."""

    muted: bool | None = None
    trusted: Annotated[bool | None, Field(description="Read whatever their role and length.")] = None
    nickname: Annotated[str | None, Field(max_length=40)] = None
    voice: Annotated[str | None, Field(max_length=64, description="A voice id, or empty.")] = None

    def over(self, person: Person) -> Person:
        wishes = self.model_dump(exclude_none=True)
        return Person(
            muted=wishes.get("muted", person.muted),
            trusted=wishes.get("trusted", person.trusted),
            nickname=wishes.get("nickname", person.nickname),
            voice=wishes.get("voice", person.voice),
            chosen_voice=person.chosen_voice,
        )


class KnownPerson(BaseModel):
    user: Annotated[str, Field(description="`source:id`")]
    muted: bool
    trusted: bool
    nickname: str
    voice: str
    chosen_voice: Annotated[str, Field(description="The one they asked for in the chat.")]

    @classmethod
    def of(cls, user: str, person: Person) -> Self:
        return cls(
            user=user,
            muted=person.muted,
            trusted=person.trusted,
            nickname=person.nickname,
            voice=person.voice,
            chosen_voice=person.chosen_voice,
        )


class RoomConfig(BaseModel):
    """`version` goes back in `If-Match` to change it; 0 is that of the settings, never changed."""

    room: str
    version: int
    config: Policy


class RoomInfo(BaseModel):
    name: str
    paused: bool
    silenced: bool
    degraded: bool
    waiting: int
    players: int


class RoomList(BaseModel):
    rooms: list[RoomInfo]
    kept: Annotated[bool, Field(description="Whether what waits survives a restart.")]


class Listed(BaseModel):
    items: list[dict[str, Any]]


MOST_KEY = MOST_ID + 140
UserKey = Annotated[str, Field(min_length=3, max_length=MOST_KEY, pattern=r"^[a-z0-9][a-z0-9_-]{0,31}:.+$")]
